using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Resources;
using IdP.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Consents;

/// <summary>Asking, remembering and taking back what a person allows an app to have.</summary>
public sealed class Consenting(IdpDbContext db, ConsentTicket ticket, AuditLog audit, Catalog catalog, GrantRevocation revocation, TimeProvider clock)
{
    /// <summary>The answer that covers this request: the one just given on the page, or a remembered one. Null when the person must be asked.</summary>
    public async Task<ConsentAnswer?> FindAsync(AuthorizationRequest request, SignedInPerson person, HttpContext http, bool forced, CancellationToken ct)
    {
        if (ticket.Open(http.Request.Query[ConsentTicket.Parameter]) is { } answer
            && answer.UserId == person.UserId && answer.SessionId == person.SessionId && answer.Fingerprint == request.Fingerprint)
            return answer with { Scopes = [.. request.Asked.Intersect(answer.Scopes, StringComparer.Ordinal)] };
        if (forced) return null;

        var now = clock.GetUtcNow();
        var remembered = await db.Consents.AsNoTracking().FirstOrDefaultAsync(c => c.UserId == person.UserId && c.ClientId == request.Client.ClientId, ct);
        if (remembered is null || remembered.ExpiresAt <= now || request.Asked.Except(remembered.Scopes, StringComparer.Ordinal).Any()) return null;
        return new ConsentAnswer(person.UserId, person.SessionId, request.Fingerprint, Denied: false, request.Asked);
    }

    /// <summary>Takes the page's form: only scopes that were asked for count, and the required ones cannot be left out.</summary>
    /// <returns>The ticket to append to the request's return address.</returns>
    public async Task<string> AnswerAsync(SignedInPerson person, Client client, IReadOnlyList<string> requested, IReadOnlyCollection<string> chosen, bool allow, bool remember, string fingerprint, CancellationToken ct)
    {
        if (!allow) return ticket.Seal(new ConsentAnswer(person.UserId, person.SessionId, fingerprint, Denied: true, []));

        var resources = await catalog.GetResourcesAsync(ct);
        List<string> granted = [.. requested.Where(s => chosen.Contains(s) || IsRequired(resources, s))];
        if (remember && client.AllowRememberConsent)
        {
            var now = clock.GetUtcNow();
            var consent = await db.Consents.FirstOrDefaultAsync(c => c.UserId == person.UserId && c.ClientId == client.ClientId, ct);
            if (consent is null) db.Consents.Add(consent = new Consent { UserId = person.UserId, ClientId = client.ClientId });
            consent.Scopes = granted;
            consent.GrantedAt = now;
            consent.ExpiresAt = client.ConsentLifetime is { } seconds ? now.AddSeconds(seconds) : null;
            audit.Record("consent.granted", "client", client.ClientId, new { scopes = granted }, person.UserId);
            // Two clicks on "Allow" are two answers: the one that comes second to the table still counts for its own request.
            _ = await db.SaveAsync("consent", ct);
        }
        return ticket.Seal(new ConsentAnswer(person.UserId, person.SessionId, fingerprint, Denied: false, granted));
    }

    /// <summary>Takes the consent back, with every token issued under it.</summary>
    public async Task<Outcome<bool>> RevokeAsync(Guid userId, string clientId, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var consent = await db.Consents.FirstOrDefaultAsync(c => c.UserId == userId && c.ClientId == clientId, ct);
        if (consent is null) return Failure.NotFound("consent");
        db.Consents.Remove(consent);
        if (await catalog.FindClientAsync(clientId, ct) is { } client) await revocation.RevokeSubjectAsync(userId.ToString(), client.Id, ct);
        audit.Record("consent.revoked", "client", clientId, actorId: userId);
        if (await db.SaveAsync("consent", ct) is { } lost) return lost;
        await transaction.CommitAsync(ct);
        return true;
    }

    public static bool IsRequired(ResourceSet resources, string scope) =>
        (resources.IdentityResources.TryGetValue(scope, out var identity) && identity.Required) || (resources.ApiScopes.TryGetValue(scope, out var api) && api.Required);
}
