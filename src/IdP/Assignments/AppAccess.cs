using IdP.Data;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.Assignments;

/// <summary>
/// Whether a person may use an app. One that is for everybody asks the database nothing; one that is for assigned people asks it once in a request. Whoever is taken off is refused at the next
/// request, with tokens or without.
/// </summary>
public sealed class AppAccess(IdpDbContext db, AppAccessQuery query)
{
    private readonly Dictionary<(Guid ClientKey, Guid UserId), bool> _known = [];

    public async ValueTask<bool> IsOpenAsync(Client app, Guid userId, CancellationToken ct)
    {
        if (!app.AssignmentRequired) return true;
        if (!_known.TryGetValue((app.Id, userId), out var assigned)) _known[(app.Id, userId)] = assigned = await query.IsAssigned(db, app.Id, userId, ct);
        return assigned;
    }

    /// <summary>The apps that a person was assigned to, also by groups, whether or not they ask for it.</summary>
    public async Task<IReadOnlySet<Guid>> AssignedToAsync(Guid userId, CancellationToken ct) => await db.AssignedUsers.Where(a => a.UserId == userId).Select(a => a.ClientKey)
        .Union(db.GroupMembers.Where(m => m.UserId == userId).Join(db.AssignedGroups, m => m.GroupId, a => a.GroupId, (_, a) => a.ClientKey)).ToHashSetAsync(ct);
}

/// <summary>The statement of <see cref="AppAccess"/>, translated once for the life of the server.</summary>
public sealed class AppAccessQuery
{
    /// <summary>Parameters: the client's key and the person.</summary>
    internal Func<IdpDbContext, Guid, Guid, CancellationToken, Task<bool>> IsAssigned { get; } = EF.CompileAsyncQuery((IdpDbContext db, Guid clientKey, Guid userId, CancellationToken ct) =>
        db.Users.Any(u => u.Id == userId
            && (db.AssignedUsers.Any(a => a.UserId == userId && a.ClientKey == clientKey)
                || db.GroupMembers.Any(m => m.UserId == userId && db.AssignedGroups.Any(a => a.ClientKey == clientKey && a.GroupId == m.GroupId)))));
}
