using IdP.Data;
using IdP.Groups;
using IdP.Organizations;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>Brings a person's row and everything that hangs on it to the given settings. Saves nothing.</summary>
public sealed class UserConnections(IdpDbContext db, ILookupNormalizer normalizer, TimeProvider clock)
{
    public async Task SetAsync(User user, UserSettings settings, CancellationToken ct)
    {
        user.UserName = settings.UserName;
        user.NormalizedUserName = normalizer.NormalizeName(settings.UserName);
        user.Email = settings.Email;
        user.NormalizedEmail = settings.Email is null ? null : normalizer.NormalizeEmail(settings.Email);
        user.EmailConfirmed = settings.EmailVerified;
        user.PhoneNumber = settings.PhoneNumber;
        user.PhoneNumberConfirmed = settings.PhoneNumberVerified;
        (user.Name, user.GivenName, user.FamilyName, user.Locale) = (settings.Name, settings.GivenName, settings.FamilyName, settings.Locale);
        user.UpdatedAt = clock.GetUtcNow();
        user.ConcurrencyStamp = Guid.NewGuid().ToString("N");

        await SetRolesAsync(user, settings.Roles, ct);
        await SetGroupsAsync(user, settings.Groups, ct);
        await SetOrganizationsAsync(user, settings.Organizations, ct);
        await SetClaimsAsync(user, settings.Claims, ct);
    }

    private async Task SetRolesAsync(User user, List<string> names, CancellationToken ct)
    {
        var wanted = await db.Roles.Where(r => names.Contains(r.Name!)).Select(r => r.Id).ToListAsync(ct);
        var held = await db.UserRoles.Where(r => r.UserId == user.Id).ToListAsync(ct);
        db.UserRoles.RemoveRange(held.Where(r => !wanted.Contains(r.RoleId)));
        db.UserRoles.AddRange(wanted.Except(held.Select(r => r.RoleId)).Select(id => new IdentityUserRole<Guid> { UserId = user.Id, RoleId = id }));
    }

    private async Task SetGroupsAsync(User user, List<string> names, CancellationToken ct)
    {
        var wanted = await db.Groups.Where(g => names.Contains(g.Name)).Select(g => g.Id).ToListAsync(ct);
        var held = await db.GroupMembers.Where(m => m.UserId == user.Id).ToListAsync(ct);
        db.GroupMembers.RemoveRange(held.Where(m => !wanted.Contains(m.GroupId)));
        db.GroupMembers.AddRange(wanted.Except(held.Select(m => m.GroupId)).Select(id => new GroupMember { UserId = user.Id, GroupId = id }));
    }

    private async Task SetOrganizationsAsync(User user, List<Membership> memberships, CancellationToken ct)
    {
        var names = memberships.ConvertAll(m => m.Name);
        var wanted = await db.Organizations.Where(o => names.Contains(o.Name)).Select(o => new { o.Id, o.Name }).ToListAsync(ct);
        var held = await db.OrganizationMembers.Where(m => m.UserId == user.Id).ToListAsync(ct);
        db.OrganizationMembers.RemoveRange(held.Where(m => wanted.TrueForAll(o => o.Id != m.OrganizationId)));
        foreach (var organization in wanted)
        {
            List<string> roles = [.. memberships.Single(m => m.Name == organization.Name).Roles];
            if (held.Find(m => m.OrganizationId == organization.Id) is { } member) member.Roles = roles;
            else db.OrganizationMembers.Add(new OrganizationMember { UserId = user.Id, OrganizationId = organization.Id, Roles = roles, JoinedAt = clock.GetUtcNow() });
        }
    }

    private async Task SetClaimsAsync(User user, List<UserClaim> claims, CancellationToken ct)
    {
        var held = await db.UserClaims.Where(c => c.UserId == user.Id).ToListAsync(ct);
        var wanted = claims.ConvertAll(c => (c.Type, Text: UserClaimValue.ToText(c.Value)));
        db.UserClaims.RemoveRange(held.Where(c => !wanted.Contains((c.ClaimType!, c.ClaimValue!)))); // never null: only this method writes them
        foreach (var (type, text) in wanted.Where(w => !held.Exists(c => (c.ClaimType, c.ClaimValue) == w)))
            db.UserClaims.Add(new IdentityUserClaim<Guid> { UserId = user.Id, ClaimType = type, ClaimValue = text });
    }
}
