using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Sessions;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

/// <summary>
/// Wrong passwords per account and per known browser, counted in the database by single statements. The order in which attempts are recorded is the
/// order that counts: a right password that arrives after the last allowed failure is refused, so many guesses at once, on any number of nodes, gain
/// nothing over the same guesses one by one.
/// </summary>
public sealed class FailureCounters(IdpDbContext db, IOptions<LockoutOptions> options)
{
    /// <summary>Records a right password. False when the counter was full by now, or the account changed while the password was being verified.</summary>
    /// <param name="mustChange">Why the person must choose another one before anything opens; null when this one may stay.</param>
    /// <param name="signsIn">Whether nothing else is asked for.</param>
    /// <param name="isOld">Whether the hash is to be replaced by a newer one. Another sign-in may just have done so, which is no change of the password.</param>
    public async Task<bool> AcceptAsync(User user, KnownDevice? device, bool isOld, string? newHash, PasswordChangeReason? mustChange, bool signsIn, DateTimeOffset now)
    {
        var lastSignInAt = signsIn ? now : user.LastSignInAt;
        var account = db.Users.Where(u => u.Id == user.Id && u.Enabled && (u.SecurityStamp ?? "") == (user.SecurityStamp ?? ""));
        if (!isOld) account = account.Where(u => u.PasswordHash == user.PasswordHash);
        var must = mustChange is not null;
        if (device is null)
            return await account.Where(u => u.LockoutEnd == null || u.LockoutEnd <= now).ExecuteUpdateAsync(u => u
                .SetProperty(x => x.AccessFailedCount, 0)
                .SetProperty(x => x.LockoutEnd, (DateTimeOffset?)null)
                .SetProperty(x => x.LastSignInAt, lastSignInAt)
                .SetProperty(x => x.PasswordHash, x => newHash ?? x.PasswordHash).SetProperty(x => x.MustChangePassword, x => must || x.MustChangePassword).SetProperty(x => x.PasswordChangeReason, x => mustChange ?? x.PasswordChangeReason), CancellationToken.None) == 1;

        // The person's row before any other, see FactorCounters. A browser that was told to forget meanwhile counts as changed, too.
        var known = db.KnownDevices.Where(d => d.Id == device.Id && d.RememberedUntil == device.RememberedUntil && (d.LockedUntil == null || d.LockedUntil <= now));
        return await account.Where(u => known.Any()).ExecuteUpdateAsync(u => u
                .SetProperty(x => x.LastSignInAt, lastSignInAt).SetProperty(x => x.PasswordHash, x => newHash ?? x.PasswordHash)
                .SetProperty(x => x.MustChangePassword, x => must || x.MustChangePassword).SetProperty(x => x.PasswordChangeReason, x => mustChange ?? x.PasswordChangeReason), CancellationToken.None) == 1
            && await known.ExecuteUpdateAsync(d => d
                .SetProperty(x => x.FailedCount, 0)
                .SetProperty(x => x.LockedUntil, (DateTimeOffset?)null)
                .SetProperty(x => x.LastSeenAt, now), CancellationToken.None) == 1;
    }

    /// <summary>
    /// Takes a right pass, however many wrong passwords there were: it has too many random bits to be among the guesses that are counted. The counters and their lock stay what they are for passwords. False when the
    /// account changed meanwhile.
    /// </summary>
    public async Task<bool> AcceptPassAsync(User user) =>
        // The person's row before any other, see the class.
        await db.Users.Where(u => u.Id == user.Id && u.Enabled && u.PasswordHash == user.PasswordHash && (u.SecurityStamp ?? "") == (user.SecurityStamp ?? ""))
            .ExecuteUpdateAsync(u => u.SetProperty(x => x.AccessFailedCount, x => x.AccessFailedCount), CancellationToken.None) == 1;

    /// <summary>Records a wrong password; a lock that has run out starts the count anew.</summary>
    public async Task CountAsync(Guid userId, KnownDevice? device, DateTimeOffset now)
    {
        var max = options.Value.MaxFailures;
        DateTimeOffset? until = now + options.Value.Window;
        if (device is null)
            await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u
                .SetProperty(x => x.AccessFailedCount, x => (x.LockoutEnd <= now ? 0 : x.AccessFailedCount) + 1)
                .SetProperty(x => x.LockoutEnd, x => (x.LockoutEnd <= now ? 0 : x.AccessFailedCount) + 1 >= max ? until : null), CancellationToken.None);
        else
            await db.KnownDevices.Where(d => d.Id == device.Id).ExecuteUpdateAsync(d => d
                .SetProperty(x => x.FailedCount, x => (x.LockedUntil <= now ? 0 : x.FailedCount) + 1)
                .SetProperty(x => x.LockedUntil, x => (x.LockedUntil <= now ? 0 : x.FailedCount) + 1 >= max ? until : null), CancellationToken.None);
    }
}
