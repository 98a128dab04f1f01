using System.Text.Json.Nodes;
using IdP.Assignments;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Sessions;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>The one place that says whether a person may have tokens now; every grant asks here. One statement, and one more each for an app that is for assigned people only, and for one whose tokens end with the session.</summary>
internal sealed class Subjects(IdpDbContext db, SubjectQueries queries, AppAccess access, SessionUse sessions, PasswordDuty duty, ILookupNormalizer normalizer) : ISubjects
{
    public Task<SubjectRecord?> FindAsync(string subject, Guid? sessionId, Client app, CancellationToken ct) => FindAsync(subject, sessionId, app, default, ct);

    public async Task<bool> MayHaveAsync(string subject, Guid? sessionId, Client app, TokenTies ties, CancellationToken ct)
    {
        if (!Guid.TryParse(subject, out var id) || await queries.MayHave(db, id, sessionId, ties.TokenId, ties.GrantId, ct) is not { } mustChange) return false;
        duty.Note(id, mustChange);
        return await access.IsOpenAsync(app, id, ct) && await sessions.GoesOnAsync(app, sessionId, isUse: false, ct);
    }

    public async Task<SubjectRecord?> FindAsync(string subject, Guid? sessionId, Client app, TokenTies ties, CancellationToken ct)
    {
        if (!Guid.TryParse(subject, out var id)) return null;
        var found = await queries.Find(db, id, sessionId, ties.TokenId, ties.GrantId, ct);
        if (found is null || !await access.IsOpenAsync(app, id, ct) || !await sessions.GoesOnAsync(app, sessionId, isUse: true, ct)) return null;

        var claims = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var group in found.Extra.GroupBy(c => c.Type))
        {
            var values = group.OrderBy(c => c.Id).Select(c => UserClaimValue.FromText(c.Value ?? "")).ToArray();
            claims[group.Key] = values is [var one] ? one : new JsonArray(values);
        }
        Add("name", found.Name);
        Add("given_name", found.GivenName);
        Add("family_name", found.FamilyName);
        Add("preferred_username", found.UserName);
        Add("locale", found.Locale);
        Add("email", found.Email);
        if (found.Email is not null) claims["email_verified"] = found.EmailConfirmed;
        Add("phone_number", found.PhoneNumber);
        if (found.PhoneNumber is not null) claims["phone_number_verified"] = found.PhoneNumberConfirmed;
        claims["updated_at"] = (found.UpdatedAt == default ? found.CreatedAt : found.UpdatedAt).ToUnixTimeSeconds();
        if (found.Roles.Count > 0) claims["role"] = new JsonArray([.. found.Roles.Distinct().Select(r => (JsonNode)r)]);
        return new SubjectRecord(subject, claims);

        void Add(string type, string? value)
        {
            if (value is not null) claims[type] = value;
        }
    }

    public async Task<string?> FindByUserNameAsync(string userName, CancellationToken ct)
    {
        var name = normalizer.NormalizeName(userName);
        return await db.Users.Where(u => u.NormalizedUserName == name).Select(u => (Guid?)u.Id).SingleOrDefaultAsync(ct) is { } id ? id.ToString() : null;
    }

    public async Task<AuthenticatedSubject?> FindAuthenticationAsync(Guid sessionId, CancellationToken ct) =>
        await db.Sessions.AsNoTracking().FirstOrDefaultAsync(s => s.Id == sessionId && s.EndedAt == null, ct) is { } session
            ? new AuthenticatedSubject(session.UserId.ToString(), session.Id, session.AuthenticatedAt, session.AuthenticationMethods, session.IdentityProvider)
            : null;
}
