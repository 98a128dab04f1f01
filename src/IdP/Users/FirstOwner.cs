using System.Buffers.Text;
using System.Security.Cryptography;
using IdP.Audit;
using IdP.Credentials.Passwords;
using IdP.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>An empty provider needs one person who may do everything: made at the first start, with a password that is shown once and must be changed.</summary>
public sealed class FirstOwner(IdpDbContext db, IPasswordHasher<User> hasher, ILookupNormalizer normalizer, AuditLog audit, TimeProvider clock)
{
    public const string UserName = "admin";

    /// <returns>The password, or null when somebody is there already.</returns>
    public async Task<string?> CreateIfEmptyAsync(CancellationToken ct)
    {
        var owner = await db.Roles.FirstOrDefaultAsync(r => r.NormalizedName == "OWNER", ct);
        if (owner is not null && await db.UserRoles.AnyAsync(r => r.RoleId == owner.Id, ct)) return null;
        if (owner is null) db.Roles.Add(owner = new Role(Role.Owner));

        var now = clock.GetUtcNow();
        var password = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(15));
        var user = new User { UserName = UserName, NormalizedUserName = normalizer.NormalizeName(UserName), Name = "Administrator", CreatedAt = now };
        if (await db.Users.AnyAsync(u => u.NormalizedUserName == user.NormalizedUserName, ct)) return null; // the name is taken by somebody who is no owner: an operator decides
        user.SetPassword(hasher.HashPassword(user, password), now, PasswordChangeReason.SetByOthers);
        db.Users.Add(user);
        db.UserRoles.Add(new IdentityUserRole<Guid> { UserId = user.Id, RoleId = owner.Id });
        audit.Record("user.created", "user", user.Id.ToString(), new { userName = UserName, roles = new[] { Role.Owner } });
        await db.SaveChangesAsync(ct);
        return password;
    }
}
