using System.Net;
using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Http;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.SignIn;

/// <summary>
/// Sign-in with user name (or confirmed e-mail address) and password. Unknown, disabled, locked and wrong cost the same work and get the same
/// answer, so the form tells nobody who has an account.
/// </summary>
public sealed class PasswordSignIn(
    IdpDbContext db, PasswordQueue passwords, GuessLimits limits, SignInRefusals refusals, FailureCounters counters, StartSession sessions,
    ILookupNormalizer normalizer, TimeProvider clock, ILogger<PasswordSignIn> logger)
{
    public const string DeviceCookie = "idp.device";
    private static readonly TimeSpan DeviceLifetime = TimeSpan.FromDays(365);

    /// <summary>Version of the rules in this file, kept with every decision.</summary>
    private const int PolicyVersion = 2;

    /// <returns><see cref="SignInOutcome.Success"/> with the session started, <see cref="SignInOutcome.Busy"/>, or anything else, which a page must not tell apart.</returns>
    /// <param name="proven">What else is saved with the session when the password was right, in the same transaction.</param>
    public Task<SignInAnswer> ExecuteAsync(string userName, string password, string? clientId, HttpContext http, CancellationToken ct, Action<User>? proven = null) =>
        DecideAsync(userName, password, clientId, http, Handles.Read(http, DeviceCookie), (user, device, decision) =>
        {
            proven?.Invoke(user);
            return BeginAsync(user, device, decision, http);
        }, ct);

    /// <summary>
    /// The same check for an app that sends the password itself: no session, and no known browser, whose cookies an app could send for anybody. What a
    /// browser would be asked for after the password (a new one) cannot be asked here, so a person who owes it is refused.
    /// </summary>
    public Task<SignInAnswer> VerifyAsync(string userName, string password, string? clientId, HttpContext http, CancellationToken ct) =>
        DecideAsync(userName, password, clientId, http, deviceHandle: null, (user, _, decision) =>
        {
            if (user.MustChangePassword) decision.Outcome = SignInOutcome.MoreNeeded;
            return Task.CompletedTask;
        }, ct);

    private async Task<SignInAnswer> DecideAsync(
        string userName, string password, string? clientId, HttpContext http, string? deviceHandle, Func<User, KnownDevice?, SignInDecision, Task> proceed, CancellationToken ct)
    {
        var source = http.Connection.RemoteIpAddress;
        // A try is taken before the work and given back unless a password was wrong. Who cannot be somebody known is refused before the database is asked: a storm costs it nothing.
        var taken = deviceHandle is null;
        if (taken && Refuse(source) is { } refused) return refused;
        var counts = false;
        try
        {
            var (user, device) = await FindAsync(userName, deviceHandle, ct);
            // A browser the person has used has a counter of its own, and is not held up by what others in its network do.
            if (device is null && !taken)
            {
                if (Refuse(source) is { } late) return late;
                taken = true;
            }

            var now = clock.GetUtcNow();
            var decision = Describe(user, device, clientId, http, now);
            // A stranger's wrong passwords lock out strangers only.
            var locked = (device is null ? user?.LockoutEnd : device.LockedUntil) > now;
            var line = device is null ? PasswordSource.Network(source) : PasswordSource.Person(device.UserId);
            var verdict = await passwords.VerifyAsync(locked || user is { Enabled: false } ? null : user, password, line, ct);
            // Nothing was checked, so there is nothing to record: the rows of a storm would be one.
            if (verdict is null) return Busy(SignInRefusal.NoPlace, passwords.RetryAfter);
            decision.Outcome = verdict switch
            {
                _ when user is null => SignInOutcome.UnknownUser,
                _ when !user.Enabled => SignInOutcome.Disabled,
                _ when locked => SignInOutcome.LockedOut,
                PasswordVerificationResult.Failed => SignInOutcome.WrongPassword,
                _ => SignInOutcome.Success,
            };
            counts = decision.Outcome is not SignInOutcome.Success;

            // A missing place in the queue only postpones the upgrade of the hash to the next sign-in.
            var newHash = decision.Outcome is SignInOutcome.Success && verdict is PasswordVerificationResult.SuccessRehashNeeded ? await passwords.HashAsync(user!, password, PasswordSource.Person(user!.Id), ct) : null; // success has a user

            // From here on the answer is known, so it is recorded even when the browser has gone: hanging up must not save anybody a failure.
            await using (var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None))
            {
                if (decision.Outcome is SignInOutcome.Success && !await counters.AcceptAsync(user!, device, newHash, now)) decision.Outcome = SignInOutcome.LockedOut;
                else if (decision.Outcome is SignInOutcome.Success) await proceed(user!, device, decision);
                // Unknown, disabled and locked write the same statement, which then meets no row.
                else await counters.CountAsync(decision.Outcome is SignInOutcome.WrongPassword ? user!.Id : Guid.Empty, device, now);
                counts = decision.Outcome is not (SignInOutcome.Success or SignInOutcome.MoreNeeded);
                db.SignInDecisions.Add(decision);
                await db.SaveChangesAsync(CancellationToken.None);
                await transaction.CommitAsync(CancellationToken.None);
            }

            Log.SignInDecided(logger, decision.Outcome, decision.UserId);
            return new SignInAnswer(decision.Outcome, user);
        }
        finally
        {
            if (taken && !counts) limits.GiveBack(source);
        }
    }

    /// <summary>What no look at the account can change: no place in the line, or no try left for this network.</summary>
    private SignInAnswer? Refuse(IPAddress? source)
    {
        if (!passwords.HasPlaceFor(PasswordSource.Network(source))) return Busy(SignInRefusal.NoPlace, passwords.RetryAfter);
        return limits.TryTake(source) is { } wait ? Busy(SignInRefusal.TooManyFailures, wait) : null;
    }

    private SignInAnswer Busy(SignInRefusal reason, TimeSpan retryAfter)
    {
        refusals.Note(reason);
        return new SignInAnswer(SignInOutcome.Busy, RetryAfter: retryAfter);
    }

    private async Task<(User? User, KnownDevice? Device)> FindAsync(string userName, string? deviceHandle, CancellationToken ct)
    {
        if (userName.Length is 0 or > 256 || userName.Contains('\0')) userName = " "; // nobody's name: the work is done all the same
        var name = normalizer.NormalizeName(userName);
        var deviceHash = deviceHandle is null ? null : Handles.Hash(deviceHandle);
        var users = db.Users.AsNoTracking().Where(u => u.NormalizedUserName == name || (u.NormalizedEmail == name && u.EmailConfirmed))
            .OrderByDescending(u => u.NormalizedUserName == name).Take(2);
        var found = await (
            from user in users
            from device in db.KnownDevices.Where(d => d.UserId == user.Id && d.HandleHash == deviceHash).DefaultIfEmpty()
            select new { User = user, Device = device }).ToListAsync(ct);

        // A user name has one owner; an e-mail address that two people have confirmed says nothing about who is asking.
        var match = found.Find(f => f.User.NormalizedUserName == name) ?? (found.Count == 1 ? found[0] : null);
        return (match?.User, match?.Device);
    }

    private async Task BeginAsync(User user, KnownDevice? device, SignInDecision decision, HttpContext http)
    {
        var session = sessions.Add(user, ["pwd"], "local", http);
        await sessions.ReplacePreviousAsync(session, http, CancellationToken.None);
        decision.SessionId = session.Id;
        if (device is not null) return;

        var handle = Handles.New();
        db.KnownDevices.Add(new KnownDevice { UserId = user.Id, HandleHash = Handles.Hash(handle), CreatedAt = decision.At, LastSeenAt = decision.At });
        Handles.Write(http, DeviceCookie, handle, DeviceLifetime);
    }

    private static SignInDecision Describe(User? user, KnownDevice? device, string? clientId, HttpContext http, DateTimeOffset now) => new()
    {
        At = now,
        Day = DateOnly.FromDateTime(now.UtcDateTime),
        UserId = user?.Id,
        ClientId = clientId is { Length: <= 200 } ? clientId : null,
        Factors = ["pwd"],
        KnownDevice = device is not null,
        FailedCount = device?.FailedCount ?? user?.AccessFailedCount ?? 0,
        RemoteAddress = http.Connection.RemoteIpAddress?.ToString(),
        UserAgent = http.UserAgent(),
        PolicyVersion = PolicyVersion,
        TraceId = http.TraceId(),
    };
}
