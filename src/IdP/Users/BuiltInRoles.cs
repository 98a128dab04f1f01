using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.Users;

/// <summary>The roles of the provider itself are there from the start on, so that somebody can hold them.</summary>
public sealed class BuiltInRoles(IdpDbContext db, ILogger<BuiltInRoles> logger)
{
    public async Task EnsureAsync(CancellationToken ct)
    {
        foreach (var name in Role.BuiltIn)
        {
            var role = new Role(name);
            if (await db.Roles.AsNoTracking().FirstOrDefaultAsync(r => r.NormalizedName == role.NormalizedName, ct) is { } present)
            {
                // Whoever holds a role of an app must not become an administrator by an update.
                if (name == Role.HelpDesk && present.Id != Role.HelpDeskId) Log.ForeignHelpDesk(logger, present.Name ?? name);
                continue;
            }
            db.Roles.Add(role);
            await db.SaveAsync("role", ct); // another node that starts at the same time may be faster
        }
    }
}
