using System.Text.Json.Nodes;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>Everything about a person that an administrator decides, except the password and whether the account is enabled.</summary>
public sealed class UserSettings
{
    public string UserName { get; set; } = "";
    public string? Email { get; set; }
    public bool EmailVerified { get; set; }
    public string? PhoneNumber { get; set; }
    public bool PhoneNumberVerified { get; set; }
    public string? Name { get; set; }
    public string? GivenName { get; set; }
    public string? FamilyName { get; set; }
    public string? Locale { get; set; }
    public List<string> Groups { get; set; } = [];
    public List<string> Roles { get; set; } = [];
    public List<UserClaim> Claims { get; set; } = [];
    public List<Membership> Organizations { get; set; } = [];

    /// <summary>A second set of the same settings; the lists are shared, so replace them instead of changing them.</summary>
    public UserSettings Copy() => (UserSettings)MemberwiseClone();

    /// <summary>What is stored now: the starting point of every edit, so that nothing is lost that the editor does not show.</summary>
    public static async Task<UserSettings> LoadAsync(IdpDbContext db, User user, CancellationToken ct) => new()
    {
        UserName = user.UserName!, // never null: every door requires it
        Email = user.Email,
        EmailVerified = user.EmailConfirmed,
        PhoneNumber = user.PhoneNumber,
        PhoneNumberVerified = user.PhoneNumberConfirmed,
        Name = user.Name,
        GivenName = user.GivenName,
        FamilyName = user.FamilyName,
        Locale = user.Locale,
        Groups = await db.GroupMembers.Where(m => m.UserId == user.Id).Join(db.Groups, m => m.GroupId, g => g.Id, (_, g) => g.Name).ToListAsync(ct),
        Roles = await db.UserRoles.Where(r => r.UserId == user.Id).Join(db.Roles, r => r.RoleId, r => r.Id, (_, r) => r.Name!).ToListAsync(ct),
        Claims = [.. (await db.UserClaims.Where(c => c.UserId == user.Id).OrderBy(c => c.Id).Select(c => new { c.ClaimType, c.ClaimValue }).ToListAsync(ct))
            .Select(c => new UserClaim(c.ClaimType!, UserClaimValue.FromText(c.ClaimValue ?? "")))],
        Organizations = [.. (await db.OrganizationMembers.Where(m => m.UserId == user.Id).Join(db.Organizations, m => m.OrganizationId, o => o.Id, (m, o) => new { o.Name, m.Roles }).ToListAsync(ct))
            .Select(m => new Membership(m.Name, m.Roles))],
    };
}

/// <summary>A claim without a property of its own; several of one type make an array in tokens.</summary>
public sealed record UserClaim(string Type, JsonNode Value)
{
    public override string ToString() => $"{Type}={UserClaimValue.ToText(Value)}";
}

/// <summary>A membership in an organization, with the roles held there.</summary>
public sealed record Membership(string Name, IReadOnlyList<string> Roles)
{
    public override string ToString() => Roles.Count == 0 ? Name : $"{Name} ({string.Join(", ", Roles.Order(StringComparer.Ordinal))})";
}
