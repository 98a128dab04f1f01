using IdP.Access;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>
/// Whom somebody may help who cannot sign in. Owners help everybody, the role <c>helpdesk</c> everybody who administers nothing, and nobody helps themselves: what is given to
/// somebody who cannot sign in gives all that person's rights to whoever takes it.
/// </summary>
public sealed class HelpDesk(IdpDbContext db, Actor actor)
{
    /// <summary>Why this actor may not help this person; null when they may.</summary>
    public async Task<Failure?> RefuseHelpingAsync(Guid userId, CancellationToken ct)
    {
        if (actor.UserId == userId) return Failure.Forbidden("Nobody does this for themselves. Ask somebody else.");
        if (actor.IsAdministrator) return null;
        if (!actor.Roles.Contains(Role.HelpDesk)) return actor.Refusal();
        return await db.UserRoles.AnyAsync(r => r.UserId == userId && (r.RoleId == Role.HelpDeskId || db.Roles.Any(role => role.Id == r.RoleId && role.Name == Role.Owner)), ct)
            ? Failure.Forbidden("Only an owner does this for owners and for people of the help desk.") : null;
    }

    /// <summary>Whether somebody who has helped this person might still do so: what they gave ends with their rights.</summary>
    /// <param name="helper">Null for the machine's operator.</param>
    public Task<bool> MayStillHelpAsync(Guid? helper, Guid userId, CancellationToken ct) => helper is null ? Task.FromResult(true) : db.Users.AnyAsync(u => u.Id == helper && u.Enabled && u.Id != userId
        && db.UserRoles.Any(r => r.UserId == u.Id && (db.Roles.Any(role => role.Id == r.RoleId && role.Name == Role.Owner)
            || (r.RoleId == Role.HelpDeskId && !db.UserRoles.Any(t => t.UserId == userId && (t.RoleId == Role.HelpDeskId || db.Roles.Any(held => held.Id == t.RoleId && held.Name == Role.Owner)))))), ct);
}
