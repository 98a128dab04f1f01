using System.Text.Json.Nodes;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Protocol.Claims;
using IdP.Protocol.Grants;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>The one place that says whether a person may have tokens now; every grant asks here. One statement.</summary>
internal sealed class Subjects(IdpDbContext db, ILookupNormalizer normalizer) : ISubjects
{
    public Task<SubjectRecord?> FindAsync(string subject, Guid? sessionId, CancellationToken ct) => FindAsync(subject, sessionId, default, ct);

    public Task<bool> MayHaveAsync(string subject, Guid? sessionId, TokenTies ties, CancellationToken ct) =>
        Guid.TryParse(subject, out var id) ? Eligible(id, sessionId, ties).AnyAsync(ct) : Task.FromResult(false);

    public async Task<SubjectRecord?> FindAsync(string subject, Guid? sessionId, TokenTies ties, CancellationToken ct)
    {
        if (!Guid.TryParse(subject, out var id)) return null;
        var found = await Eligible(id, sessionId, ties).Select(u => new
        {
            User = u,
            Roles = db.UserRoles.Where(r => r.UserId == u.Id).Select(r => db.Roles.Where(role => role.Id == r.RoleId).Select(role => role.Name).FirstOrDefault()!).ToList(),
            Extra = db.UserClaims.Where(c => c.UserId == u.Id).Select(c => new { c.Id, c.ClaimType, c.ClaimValue }).ToList(),
        }).AsSingleQuery().FirstOrDefaultAsync(ct);
        if (found is null) return null;

        var claims = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var group in found.Extra.GroupBy(c => c.ClaimType!))
        {
            var values = group.OrderBy(c => c.Id).Select(c => UserClaimValue.FromText(c.ClaimValue ?? "")).ToArray();
            claims[group.Key] = values is [var one] ? one : new JsonArray(values);
        }
        var user = found.User;
        Add("name", user.Name);
        Add("given_name", user.GivenName);
        Add("family_name", user.FamilyName);
        Add("preferred_username", user.UserName);
        Add("locale", user.Locale);
        Add("email", user.Email);
        if (user.Email is not null) claims["email_verified"] = user.EmailConfirmed;
        Add("phone_number", user.PhoneNumber);
        if (user.PhoneNumber is not null) claims["phone_number_verified"] = user.PhoneNumberConfirmed;
        claims["updated_at"] = (user.UpdatedAt == default ? user.CreatedAt : user.UpdatedAt).ToUnixTimeSeconds();
        if (found.Roles.Count > 0) claims["role"] = new JsonArray([.. found.Roles.Distinct().Select(r => (JsonNode)r)]);
        return new SubjectRecord(subject, claims);

        void Add(string type, string? value)
        {
            if (value is not null) claims[type] = value;
        }
    }

    /// <summary>The person, unless something that the token depends on has ended.</summary>
    private IQueryable<User> Eligible(Guid id, Guid? sessionId, TokenTies ties)
    {
        var people = db.Users.AsNoTracking().Where(u => u.Id == id && u.Enabled && !db.Sessions.Any(s => s.Id == sessionId && s.EndedAt != null));
        if (ties.TokenId is { } token) people = people.Where(u => !db.RevokedTokens.Any(t => t.TokenId == token));
        if (ties.GrantId is { } grant) people = people.Where(u => db.Grants.Any(g => g.Id == grant && g.Status == TokenStatus.Valid));
        return people;
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
