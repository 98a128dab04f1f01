using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>The roles of the provider itself are there from the start on, so that somebody can hold them.</summary>
public sealed class BuiltInRoles(IdpDbContext db)
{
    public async Task EnsureAsync(CancellationToken ct)
    {
        foreach (var name in Role.BuiltIn)
        {
            var role = new Role(name);
            if (await db.Roles.AnyAsync(r => r.NormalizedName == role.NormalizedName, ct)) continue;
            db.Roles.Add(role);
            await db.SaveAsync("role", ct); // another node that starts at the same time may be faster
        }
    }
}
