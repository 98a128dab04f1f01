using IdP.Data;
using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>
/// The statements of <see cref="Subjects"/>, translated once for the life of the server: every presented token asks one of them. A parameter that is null asks nothing.
/// </summary>
internal sealed class SubjectQueries
{
    /// <summary>Whether the person must choose a new password first; null for one who may have no tokens. Parameters: the person, the session, the <c>jti</c> of the token and its grant.</summary>
    public Func<IdpDbContext, Guid, Guid?, string?, Guid?, CancellationToken, Task<bool?>> MayHave { get; } = EF.CompileAsyncQuery((IdpDbContext db, Guid id, Guid? sessionId, string? tokenId, Guid? grantId, CancellationToken ct) =>
        db.Users.Where(u => u.Id == id && u.Enabled
            && !db.Sessions.Any(s => s.Id == sessionId && s.EndedAt != null)
            && !db.RevokedTokens.Any(t => t.TokenId == tokenId)
            && (grantId == null || db.Grants.Any(g => g.Id == grantId && g.Status == TokenStatus.Valid)))
        .Select(u => (bool?)u.MustChangePassword).FirstOrDefault());

    /// <summary>The same, with what is known of the person.</summary>
    public Func<IdpDbContext, Guid, Guid?, string?, Guid?, CancellationToken, Task<FoundSubject?>> Find { get; } = EF.CompileAsyncQuery((IdpDbContext db, Guid id, Guid? sessionId, string? tokenId, Guid? grantId, CancellationToken ct) =>
        db.Users.AsNoTracking().Where(u => u.Id == id && u.Enabled
            && !db.Sessions.Any(s => s.Id == sessionId && s.EndedAt != null)
            && !db.RevokedTokens.Any(t => t.TokenId == tokenId)
            && (grantId == null || db.Grants.Any(g => g.Id == grantId && g.Status == TokenStatus.Valid)))
        .Select(u => new FoundSubject
        {
            Name = u.Name,
            GivenName = u.GivenName,
            FamilyName = u.FamilyName,
            UserName = u.UserName,
            Locale = u.Locale,
            Email = u.Email,
            EmailConfirmed = u.EmailConfirmed,
            PhoneNumber = u.PhoneNumber,
            PhoneNumberConfirmed = u.PhoneNumberConfirmed,
            CreatedAt = u.CreatedAt,
            UpdatedAt = u.UpdatedAt,
            Roles = db.UserRoles.Where(r => r.UserId == u.Id).Select(r => db.Roles.Where(role => role.Id == r.RoleId).Select(role => role.Name).FirstOrDefault()!).ToList(),
            Extra = db.UserClaims.Where(c => c.UserId == u.Id).Select(c => new FoundClaim(c.Id, c.ClaimType!, c.ClaimValue)).ToList(),
        }).AsSingleQuery().FirstOrDefault());
}

/// <summary>What <see cref="SubjectQueries.Find"/> reads.</summary>
internal sealed class FoundSubject
{
    public string? Name { get; init; }
    public string? GivenName { get; init; }
    public string? FamilyName { get; init; }
    public string? UserName { get; init; }
    public string? Locale { get; init; }
    public string? Email { get; init; }
    public bool EmailConfirmed { get; init; }
    public string? PhoneNumber { get; init; }
    public bool PhoneNumberConfirmed { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public List<string> Roles { get; init; } = [];
    public List<FoundClaim> Extra { get; init; } = [];
}

internal sealed record FoundClaim(int Id, string Type, string? Value);
