using IdP.Access;
using IdP.Assignments;
using IdP.Audit;
using IdP.Data;
using IdP.Recovery;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

public sealed class UpdateUser(IdpDbContext db, Actor actor, AuditLog audit, UserLookups lookups, UserConnections connections, Owners owners, EndRescues rescues, EndLostAccess lost)
{
    /// <param name="stamp">The <c>ConcurrencyStamp</c> the change was made on: if somebody saved since, the answer is <c>stale_version</c>.</param>
    public async Task<Outcome<User>> ExecuteAsync(Guid userId, string? stamp, UserSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        List<Failure> failures = [.. UserRules.Check(settings, await lookups.ReferencesAsync(ct)), .. await lookups.CheckUniqueAsync(settings, [userId], ct)];
        if (Failure.Several(failures) is { } invalid) return invalid;
        var user = await db.Users.SingleOrDefaultAsync(u => u.Id == userId, ct);
        if (user is null) return Failure.NotFound("user");
        if (user.ConcurrencyStamp != stamp) return Failure.Stale("user");
        var before = await UserSettings.LoadAsync(db, user, ct);
        var changes = Change.Between(before, settings);
        if (changes.Count == 0) return user;
        if (before.Roles.Contains(Role.Owner) && !settings.Roles.Contains(Role.Owner) && await owners.RefuseLosingAsync(userId, ct) is { } last) return last;

        await lost.NoteAsync(userId, [.. before.Groups.Except(settings.Groups, StringComparer.Ordinal)], ct);
        await connections.SetAsync(user, settings, ct);
        // What a person is called is nobody's business in the log; what they may do is.
        audit.Record("user.updated", "user", userId.ToString(), new
        {
            changed = changes.Select(c => c.Property),
            rights = changes.Where(c => c.Property is "roles" or "groups" or "organizations").Select(c => c.ToString()),
        });
        await using var transaction = await db.BeginAsync(ct);
        if (await db.SaveAsync("user", ct) is { } conflict) return conflict;
        if (before.Roles.Except(settings.Roles).Intersect(Role.BuiltIn).Any()) await rescues.GivenByAsync(userId, ct);
        if (transaction is not null)
        {
            await lost.FinishAsync(ct);
            await transaction.CommitAsync(CancellationToken.None);
        }
        return user;
    }
}
