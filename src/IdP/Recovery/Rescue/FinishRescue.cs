using IdP.Access;
using IdP.Audit;
using IdP.Credentials;
using IdP.Credentials.AuthenticatorApps;
using IdP.Credentials.Passkeys;
using IdP.Credentials.Passwords;
using IdP.Credentials.Passwords.History;
using IdP.Data;
using IdP.Mail;
using IdP.Policies;
using IdP.Risk;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.Recovery.Rescue;

/// <summary>
/// Sets what a person signs in with from now on, who was let in by a pass or an approval. In one transaction with it go the factors that count as lost, every session and every known browser; only
/// then a session begins, with what was set and shown and not with the pass.
/// </summary>
public sealed class FinishRescue(
    IdpDbContext db, RescueSteps steps, AddPasskey passkeys, AddAuthenticatorApp apps, FactorChanges changes, PasswordQueue passwords, PasswordRules rules, FormerPasswords former, EndAllSessions sessions, CompleteSignIn complete,
    PolicyCheck policies, BlockedSignIn blocked, Notices.Notices notices, AuditLog audit, Actor actor, TimeProvider clock, ILogger<FinishRescue> logger)
{
    private const int PolicyVersion = 1;
    private static readonly string[] Password = ["pwd"];

    public OfferedSecret OfferApp(PendingLogin login, User user, string issuer, string? given = null) => apps.Reopen(EnrolAtSignIn.Person(login, user), issuer, given) ?? apps.Offer(EnrolAtSignIn.Person(login, user), issuer);

    public Task<PasskeyChallenge?> ChallengeAsync(PendingLogin login, User user, HttpContext http, CancellationToken ct) => passkeys.BeginAsync(EnrolAtSignIn.Person(login, user), http, ct);

    public async Task<Outcome<Enrolled>> ByPasskeyAsync(PendingLogin login, User user, string credential, string state, HttpContext http, CancellationToken ct)
    {
        if (await steps.NextAsync(login, http, ct) is not RescueStep.SetNew) return NotDue();
        actor.Become(ActorSources.SignIn, user.Id, roles: [], http);
        var outcome = await passkeys.ExecuteAsync(EnrolAtSignIn.Person(login, user), credential, state, name: null, http, ct, login.SecurityStamp, first: async held =>
        {
            if (await BeginAsync(login, ct) is { } refusal) return refusal;
            // A password that somebody else had set for a first sign-in is known to them, and the person could not change it.
            if (held.MustChangePassword) await SetPasswordAsync(held, hash: null, ct);
            return null;
        });
        if (!outcome.Succeeded(out var added, out var failure)) return failure;
        await StartSessionAsync(login, PasskeyProof.Methods, http);
        return new Enrolled(added.RecoveryCodes);
    }

    /// <param name="secret">What the offered app's form carried, with the <paramref name="code"/> it shows; only where an app is needed, too.</param>
    public async Task<Outcome<Enrolled>> ByPasswordAsync(PendingLogin login, User user, string password, string? secret, string? code, HttpContext http, CancellationToken ct)
    {
        if (await steps.NextAsync(login, http, ct) is not RescueStep.SetNew { MayBePassword: true } step) return NotDue();
        var line = PasswordSource.Network(http.Connection.RemoteIpAddress);
        if (await rules.CheckReplacementAsync(user, password, current: null, line, ct) is { } bad) return bad;
        if (await passwords.HashAsync(user, password, line, ct) is not { } hash) return Failure.Busy(passwords.RetryAfter);

        actor.Become(ActorSources.SignIn, user.Id, roles: [], http);
        async Task<Failure?> SetAsync(User held)
        {
            if (await BeginAsync(login, ct) is { } refusal) return refusal;
            await SetPasswordAsync(held, hash, ct);
            notices.Add(MailKinds.PasswordChanged, held, http);
            return null;
        }
        IReadOnlyList<string> codes = [];
        if (step.NeedsApp)
        {
            var outcome = await apps.ConfirmAsync(EnrolAtSignIn.Person(login, user), secret, code ?? "", name: null, ct, login.SecurityStamp, SetAsync);
            if (!outcome.Succeeded(out var made, out var failure)) return failure;
            codes = made.RecoveryCodes;
        }
        else
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await changes.BeginAsync(user.Id, ct, presentStamp: login.SecurityStamp) is not { } held) return NotDue();
            if (await SetAsync(held) is { } refusal) return refusal;
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(CancellationToken.None);
        }
        await former.TrimAsync(user.Id, CancellationToken.None);
        await StartSessionAsync(login, step.NeedsApp ? [.. Password, .. FactorMethods.Code] : Password, http);
        return new Enrolled(codes);
    }

    /// <summary>Takes the login, which leads to something once, and ends what the account was open to before.</summary>
    private async Task<Failure?> BeginAsync(PendingLogin login, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (await db.PendingLogins.Where(l => l.Id == login.Id && l.Rescue != RescueKind.None && l.CompletedAt == null && l.ExpiresAt > now).ExecuteUpdateAsync(l => l.SetProperty(x => x.CompletedAt, now), ct) == 0) return NotDue();
        if (login.ReplacesFactors)
        {
            await db.UserPasskeys.Where(p => p.UserId == login.UserId).ExecuteDeleteAsync(ct);
            if (await db.Credentials.Where(c => c.UserId == login.UserId).ExecuteDeleteAsync(ct) > 0) audit.Record("user.factor_removed", "user", login.UserId.ToString(), new { kind = "all" });
            await db.Users.Where(u => u.Id == login.UserId).ExecuteUpdateAsync(u => u.SetProperty(x => x.FactorFailedCount, 0).SetProperty(x => x.FactorLockedUntil, (DateTimeOffset?)null), ct);
        }
        await db.KnownDevices.Where(d => d.UserId == login.UserId).ExecuteDeleteAsync(ct);
        await sessions.OfAsync(login.UserId, ct);
        audit.Record("user.recovered", "user", login.UserId.ToString(), new { by = login.Rescue.ToString(), helper = login.RescuedBy });
        return null;
    }

    private async Task SetPasswordAsync(User user, string? hash, CancellationToken ct)
    {
        DateTimeOffset? now = clock.GetUtcNow();
        var stamp = Guid.NewGuid().ToString("N");
        former.Keep(user);
        var changedAt = hash is null ? null : now;
        await db.Users.Where(u => u.Id == user.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.PasswordHash, hash).SetProperty(x => x.PasswordChangedAt, changedAt).SetProperty(x => x.PasswordRecoveredAt, (DateTimeOffset?)null)
            .SetProperty(x => x.MustChangePassword, false).SetProperty(x => x.PasswordChangeReason, (PasswordChangeReason?)null).SetProperty(x => x.ConcurrencyStamp, stamp)
            .SetProperty(x => x.AccessFailedCount, 0).SetProperty(x => x.LockoutEnd, (DateTimeOffset?)null), ct);
    }

    /// <summary>What was set was shown with it. Where that is still not enough, or something changed in this very moment, the person signs in anew.</summary>
    private async Task StartSessionAsync(PendingLogin login, IReadOnlyList<string> set, HttpContext http)
    {
        var now = clock.GetUtcNow();
        db.ChangeTracker.Clear(); // what was set is saved
        await using var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == login.UserId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.AccessFailedCount, x => x.AccessFailedCount), CancellationToken.None) == 0) return;
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == login.UserId, CancellationToken.None);
        var decision = SignInDecisions.New(http, now, login.ClientId, user.Id, [.. login.Methods.Union(set)], login.IdentityProvider, PolicyVersion);
        decision.KnownDevice = login.DeviceId is not null;
        var judged = await policies.JudgeAsync(SignInDecisions.InputsOf(decision, device: null) with { KnownDevice = decision.KnownDevice, HasPasskey = decision.Factors.Contains("pop"), HasApp = decision.Factors.Contains("otp") }, CancellationToken.None, login);
        decision.Judged(judged);
        decision.Outcome = judged.Outcome;
        await blocked.NoteAsync(user, decision, judged, http);
        // After the policies were asked, to which whoever has never signed in is no stranger in a new browser.
        if (judged.Allows) await db.Users.Where(u => u.Id == login.UserId).ExecuteUpdateAsync(u => u.SetProperty(x => x.LastSignInAt, now), CancellationToken.None);
        user.LastSignInAt = null; // of this copy: the person is told what was set, and the browser they did it in is no news
        if (judged.Allows) await complete.ExecuteAsync(user, decision.Factors, login.IdentityProvider, deviceId: null, decision, judged, http, showsFactor: decision.Factors.Contains("mfa"));
        db.SignInDecisions.Add(decision);
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        Log.RescueStep(logger, decision.Outcome, user.Id);
    }

    /// <summary>Out of turn, or over meanwhile: the page says what is due.</summary>
    private static Failure NotDue() => Failure.NotFound("login");
}
