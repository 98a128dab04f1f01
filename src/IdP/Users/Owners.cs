using IdP.Access;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>The provider always keeps somebody who may administer it.</summary>
public sealed class Owners(IdpDbContext db)
{
    /// <summary>Why this person may not stop being an enabled owner; null when that is fine or they are none.</summary>
    public async Task<Failure?> RefuseLosingAsync(Guid userId, CancellationToken ct)
    {
        var role = await db.Roles.SingleOrDefaultAsync(r => r.Name == Role.Owner, ct);
        if (role is null || !await db.UserRoles.AnyAsync(r => r.RoleId == role.Id && r.UserId == userId, ct)) return null;
        if (!await db.UserRoles.AnyAsync(r => r.RoleId == role.Id && r.UserId != userId && db.Users.Any(u => u.Id == r.UserId && u.Enabled), ct))
            return Failure.Conflict("last_owner", "This is the last enabled owner. Make somebody else an owner first.");

        // Two owners who remove each other in the same moment both find the other one: writing the role's row lets only one of them through.
        role.ConcurrencyStamp = Guid.NewGuid().ToString("N");
        return null;
    }
}
