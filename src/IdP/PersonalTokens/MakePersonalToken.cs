using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Mail;
using IdP.Protocol.Clients;
using IdP.Protocol.Discovery;
using IdP.Protocol.LocalApi;
using IdP.Protocol.PersonalTokens;
using IdP.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.PersonalTokens;

/// <param name="Value">The token itself: it is in clear only here.</param>
public sealed record MadePersonalToken(PersonalToken Token, string Value);

/// <summary>What a person wants.</summary>
/// <param name="Days">How long it shall work.</param>
/// <param name="RequestId">The form, so that it is not taken twice; null where there is none.</param>
public sealed record WantedPersonalToken(string? Name, IReadOnlyList<string> Scopes, int? Days, Guid? RequestId = null);

/// <summary>Makes a token for the person in a session. There is none where a personal token is shown, so that none of them makes another.</summary>
public sealed class MakePersonalToken(IdpDbContext db, Catalog catalog, IssuerUrl issuer, AuditLog audit, Notices.Notices notices, IHttpContextAccessor http, IOptions<PersonalTokenOptions> options, TimeProvider clock)
{
    private const int MaxName = 100;

    public async Task<Outcome<MadePersonalToken>> ExecuteAsync(SignedInPerson person, WantedPersonalToken wanted, CancellationToken ct)
    {
        if (!options.Value.Enabled) return Failure.NotFound("page");
        if (Failure.Several(await CheckAsync(wanted, ct)) is { } invalid) return invalid;

        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters: changed to what it is, it is held until the end, so that what ends all tokens ends this one too, or comes before it.
        if (await db.Users.Where(u => u.Id == person.UserId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.ConcurrencyStamp, x => x.ConcurrencyStamp), ct) == 0) return Failure.NotFound("user");
        if (!await db.Sessions.AnyAsync(s => s.Id == person.SessionId && s.UserId == person.UserId && s.EndedAt == null, ct)) return Failure.NotFound("session");
        if (wanted.RequestId is { } request && await db.PersonalTokens.AnyAsync(t => t.UserId == person.UserId && t.RequestId == request, ct))
            return Failure.Conflict("token_made", "This form has made a token already. Its value is not shown again; if it was lost, revoke the token and make another.");
        if (await db.PersonalTokens.CountAsync(t => t.UserId == person.UserId && t.ExpiresAt > now, ct) >= options.Value.MaxPerPerson)
            return Failure.Conflict("too_many", $"The limit is {options.Value.MaxPerPerson}. Revoke one first.") with { Arguments = [options.Value.MaxPerPerson] };

        var value = PersonalTokenText.New();
        var token = new PersonalToken
        {
            UserId = person.UserId, Name = wanted.Name!.Trim(), ValueHash = Handles.Hash(value), Scopes = [.. wanted.Scopes], CreatedAt = now, ExpiresAt = now.AddDays(wanted.Days!.Value), RequestId = wanted.RequestId, // both were checked
        };
        db.PersonalTokens.Add(token);
        // What the person calls it is nobody's business in the log.
        audit.Record("user.token_made", "user", person.UserId.ToString(), new { token = token.Id, token.Scopes, token.ExpiresAt }, actorId: person.UserId);
        notices.Add(MailKinds.TokenMade, await db.Users.AsNoTracking().SingleAsync(u => u.Id == person.UserId, ct), http.HttpContext);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return new MadePersonalToken(token, value);
    }

    private async Task<List<Failure>> CheckAsync(WantedPersonalToken wanted, CancellationToken ct)
    {
        List<Failure> failures = [];
        if (string.IsNullOrWhiteSpace(wanted.Name)) failures.Add(Failure.Invalid("name_required", "Give it a name.", "name"));
        else TextRules.Check(failures, wanted.Name.Trim(), MaxName, "name");
        if (await ScopeProblemAsync(wanted.Scopes, ct) is { } problem) failures.Add(problem);
        if (wanted.Days is not { } days || days < 1 || days > options.Value.MaxDays)
            failures.Add(Failure.Invalid("bad_length", $"It works for 1 to {options.Value.MaxDays} days.", "days") with { Arguments = [options.Value.MaxDays] });
        return failures;
    }

    private async Task<Failure?> ScopeProblemAsync(IReadOnlyList<string> scopes, CancellationToken ct)
    {
        if (scopes.Count == 0) return Failure.Invalid("scope_required", "Choose what it may do.", "scopes");
        var resources = await catalog.GetResourcesAsync(ct);
        var offered = resources.PersonalScopes().Select(scope => scope.Name).ToHashSet(StringComparer.Ordinal);
        if (scopes.Distinct(StringComparer.Ordinal).Count() != scopes.Count || !scopes.All(offered.Contains))
            return Failure.Invalid("scope_not_offered", "A token can have each of the scopes that are offered for personal tokens once, and no other.", "scopes");
        // The other API is shown the token, and could do with it here what its person can.
        var audience = resources.PersonalAudience(scopes);
        if (audience.Count > 1 && audience.Any(api => api.Name == issuer.Of(AccountResource.Path)))
            return Failure.Invalid("scopes_apart", "A token that opens your account opens nothing else: whoever runs the other service could use it here. Make two.", "scopes");
        return scopes.Any(scope => !audience.Any(api => api.Scopes.Contains(scope, StringComparer.Ordinal)))
            ? Failure.Invalid("scopes_alone", "One of these scopes is of a service that wants tokens for itself alone. Make two.", "scopes") : null;
    }
}
