using IdP.Data;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

/// <summary>
/// Tries at a second factor, counted beside those at the password: a right password must not give new tries at the code. A try is taken before the code is
/// looked at, by one statement, so that any number of guesses at once, on any number of nodes, has no more of them than one after the other. A browser the
/// person is known in has tries of its own, which nobody else can use up.
/// </summary>
public sealed class FactorCounters(IdpDbContext db, IOptions<LockoutOptions> options)
{
    /// <returns>Whether there was one left. It must be committed with whatever comes of it.</returns>
    public async Task<bool> TryTakeAsync(Guid userId, Guid? deviceId, DateTimeOffset now)
    {
        var max = options.Value.MaxFailures;
        DateTimeOffset? until = now + options.Value.Window;
        if (deviceId is null)
            return await db.Users.Where(u => u.Id == userId && (u.FactorLockedUntil == null || u.FactorLockedUntil <= now)).ExecuteUpdateAsync(u => u
                .SetProperty(x => x.FactorFailedCount, x => (x.FactorLockedUntil <= now ? 0 : x.FactorFailedCount) + 1)
                .SetProperty(x => x.FactorLockedUntil, x => (x.FactorLockedUntil <= now ? 0 : x.FactorFailedCount) + 1 >= max ? until : null), CancellationToken.None) == 1;
        await LockAsync(userId);
        return await db.KnownDevices.Where(d => d.Id == deviceId && (d.FactorLockedUntil == null || d.FactorLockedUntil <= now)).ExecuteUpdateAsync(d => d
            .SetProperty(x => x.FactorFailedCount, x => (x.FactorLockedUntil <= now ? 0 : x.FactorFailedCount) + 1)
            .SetProperty(x => x.FactorLockedUntil, x => (x.FactorLockedUntil <= now ? 0 : x.FactorFailedCount) + 1 >= max ? until : null), CancellationToken.None) == 1;
    }

    /// <summary>After a right one all tries are there again.</summary>
    public Task ResetAsync(Guid userId, Guid? deviceId) => deviceId is null
        ? db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.FactorFailedCount, 0).SetProperty(x => x.FactorLockedUntil, (DateTimeOffset?)null), CancellationToken.None)
        : db.KnownDevices.Where(d => d.Id == deviceId).ExecuteUpdateAsync(d => d.SetProperty(x => x.FactorFailedCount, 0).SetProperty(x => x.FactorLockedUntil, (DateTimeOffset?)null), CancellationToken.None);

    /// <summary>What was no guess, such as the code that was used a moment ago, costs nothing.</summary>
    public Task GiveBackAsync(Guid userId, Guid? deviceId) => deviceId is null
        ? db.Users.Where(u => u.Id == userId && u.FactorFailedCount > 0).ExecuteUpdateAsync(u => u.SetProperty(x => x.FactorFailedCount, x => x.FactorFailedCount - 1).SetProperty(x => x.FactorLockedUntil, (DateTimeOffset?)null), CancellationToken.None)
        : db.KnownDevices.Where(d => d.Id == deviceId && d.FactorFailedCount > 0).ExecuteUpdateAsync(d => d.SetProperty(x => x.FactorFailedCount, x => x.FactorFailedCount - 1).SetProperty(x => x.FactorLockedUntil, (DateTimeOffset?)null), CancellationToken.None);

    /// <summary>Makes changes of this person's factors wait, and waits for them: every way takes the person's row before any other, so that none waits for another in a circle.</summary>
    public Task LockAsync(Guid userId) => db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.FactorFailedCount, x => x.FactorFailedCount), CancellationToken.None);
}
