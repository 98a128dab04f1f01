using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

/// <summary>
/// Sign-in with user name (or confirmed e-mail address) and password. Unknown, disabled, locked and wrong cost the same work and get the same
/// answer, so the form tells nobody who has an account.
/// </summary>
public sealed class PasswordSignIn(
    IdpDbContext db, PasswordQueue passwords, GuessLimits limits, StartSession sessions, ILookupNormalizer normalizer,
    IOptions<LockoutOptions> lockout, TimeProvider clock, ILogger<PasswordSignIn> logger)
{
    public const string DeviceCookie = "idp.device";
    private static readonly TimeSpan DeviceLifetime = TimeSpan.FromDays(365);

    /// <summary>Version of the rules in this file, kept with every decision.</summary>
    private const int PolicyVersion = 1;

    /// <returns><see cref="SignInOutcome.Success"/> with the session started, <see cref="SignInOutcome.Busy"/>, or anything else, which a page must not tell apart.</returns>
    public async Task<SignInOutcome> ExecuteAsync(string userName, string password, string? clientId, HttpContext http, CancellationToken ct)
    {
        var source = http.Connection.RemoteIpAddress;
        if (limits.IsExhausted(source)) return SignInOutcome.Busy;
        if (userName.Length is 0 or > 256 || userName.Contains('\0')) userName = " "; // nobody's name: the work is done all the same

        var handle = Handles.Read(http, DeviceCookie);
        var deviceHash = handle is null ? null : Handles.Hash(handle);
        var name = normalizer.NormalizeName(userName);
        using var place = await limits.EnterAsync(name, handle is not null, ct);

        var found = await db.Users.Where(u => u.NormalizedUserName == name || (u.NormalizedEmail == name && u.EmailConfirmed))
            .OrderByDescending(u => u.NormalizedUserName == name)
            .Select(u => new { User = u, Device = db.KnownDevices.FirstOrDefault(d => d.UserId == u.Id && d.HandleHash == deviceHash) })
            .FirstOrDefaultAsync(ct);
        var (user, device) = (found?.User, found?.Device);
        var now = clock.GetUtcNow();
        var decision = new SignInDecision
        {
            At = now,
            Day = DateOnly.FromDateTime(now.UtcDateTime),
            UserId = user?.Id,
            ClientId = clientId is { Length: <= 200 } ? clientId : null,
            Factors = ["pwd"],
            KnownDevice = device is not null,
            FailedCount = device?.FailedCount ?? user?.AccessFailedCount ?? 0,
            RemoteAddress = source?.ToString(),
            UserAgent = http.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent[..Math.Min(agent.Length, 300)] : null,
            PolicyVersion = PolicyVersion,
            TraceId = System.Diagnostics.Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier,
        };
        db.SignInDecisions.Add(decision);

        // A stranger's wrong passwords lock out strangers; the person's own browser has a counter of its own.
        var lockedUntil = device is not null ? device.LockedUntil : user?.LockoutEnd;
        var verdict = await passwords.VerifyAsync(lockedUntil > now || user is { Enabled: false } ? null : user, password, ct);
        decision.Outcome = verdict switch
        {
            null => SignInOutcome.Busy,
            _ when user is null => SignInOutcome.UnknownUser,
            _ when !user.Enabled => SignInOutcome.Disabled,
            _ when lockedUntil > now => SignInOutcome.LockedOut,
            PasswordVerificationResult.Failed => SignInOutcome.WrongPassword,
            _ => SignInOutcome.Success,
        };

        if (decision.Outcome is SignInOutcome.Success) await SucceedAsync(user!, device, decision, verdict == PasswordVerificationResult.SuccessRehashNeeded, password, http, ct);
        else if (decision.Outcome is not SignInOutcome.Busy) Fail(user, device, decision, source);
        await db.SaveChangesAsync(ct);
        Log.SignInDecided(logger, decision.Outcome, decision.UserId);
        return decision.Outcome;
    }

    private async Task SucceedAsync(User user, KnownDevice? device, SignInDecision decision, bool rehash, string password, HttpContext http, CancellationToken ct)
    {
        // A missing place in the queue only postpones the upgrade to the next sign-in.
        if (rehash && await passwords.HashAsync(user, password, ct) is { } hash) user.PasswordHash = hash;
        await sessions.EndPreviousAsync(http, ct);
        decision.SessionId = sessions.Add(user, ["pwd"], "local", http).Id;
        user.LastSignInAt = decision.At;
        if (device is null)
        {
            var handle = Handles.New();
            db.KnownDevices.Add(new KnownDevice { UserId = user.Id, HandleHash = Handles.Hash(handle), CreatedAt = decision.At, LastSeenAt = decision.At });
            Handles.Write(http, DeviceCookie, handle, DeviceLifetime);
            (user.AccessFailedCount, user.LockoutEnd) = (0, null);
        }
        else (device.LastSeenAt, device.FailedCount, device.LockedUntil) = (decision.At, 0, null);
    }

    private void Fail(User? user, KnownDevice? device, SignInDecision decision, System.Net.IPAddress? source)
    {
        limits.Failed(source);
        if (user is null || decision.Outcome is not SignInOutcome.WrongPassword) return;

        DateTimeOffset? until(int failures) => failures >= lockout.Value.MaxFailures ? decision.At + lockout.Value.Window : null;
        if (device is not null)
        {
            if (device.LockedUntil is not null) device.FailedCount = 0; // the last lock has run out
            device.LockedUntil = until(++device.FailedCount);
        }
        else
        {
            if (user.LockoutEnd is not null) user.AccessFailedCount = 0;
            user.LockoutEnd = until(++user.AccessFailedCount);
        }
    }
}
