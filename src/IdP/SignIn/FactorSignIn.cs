using IdP.Credentials;
using IdP.Credentials.Passkeys;
using IdP.Data;
using IdP.Mail;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.Risk;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.SignIn;

/// <summary>How the second step ended.</summary>
/// <param name="ReturnUrl">Where to go on to, when there is something to go on with.</param>
public readonly record struct FactorAnswer(SignInOutcome Outcome, string ReturnUrl);

/// <summary>
/// The second step of a sign-in: takes a factor of the person who has shown the first one, and only then is there a session. A session that is raised
/// (<see cref="StepUp"/>) takes the same way.
/// </summary>
public sealed class FactorSignIn(
    IdpDbContext db, PendingLogins pending, FactorCounters counters, FactorProofs proofs, MailFactor mailFactor, PasskeyCeremonies ceremonies,
    CompleteSignIn complete, PolicyCheck policies, BlockedSignIn blocked, SessionQueries sessions, Notices.Notices notices, TimeProvider clock, ILogger<FactorSignIn> logger)
{
    private const int PolicyVersion = 2;

    /// <summary>Which factors this person can show here: those they have, as far as they reach what the app asked for.</summary>
    public async Task<Factors> OfferAsync(PendingLogin login, CancellationToken ct)
    {
        var all = await db.FactorsOfAsync(login.UserId, ct);
        var codes = Reaches(login, FactorMethods.Code);
        return new(all.Passkey && Reaches(login, PasskeyProof.Methods), all.AuthenticatorApp && codes, all.RecoveryCode && codes);
    }

    /// <summary>For how many days this browser may be remembered; 0 for not at all. Which factors the person has does not matter to it.</summary>
    public async Task<int> RememberDaysAsync(PendingLogin login, HttpContext http, CancellationToken ct) =>
        (await policies.JudgeAsync(new PolicyInputs { At = clock.GetUtcNow(), UserId = login.UserId, ClientId = login.ClientId, Methods = login.Methods, HasPasskey = true, Address = http.Connection.RemoteIpAddress?.ToString() }, ct, login)).Verdict.RememberDays;

    /// <summary>The person is known here, so the browser is told which of their passkeys to look for.</summary>
    public Task<PasskeyChallenge> ChallengeAsync(User user, HttpContext http) => ceremonies.ChallengeAsync(user, http);

    public async Task<FactorAnswer> ExecuteAsync(PendingLogin login, User user, FactorProof proof, bool remember, HttpContext http, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var isCode = proof is not FactorProof.Passkey;
        var methods = proof switch { FactorProof.Passkey => PasskeyProof.Methods, FactorProof.MailCode => MailFactor.Methods, _ => FactorMethods.Code };
        var decision = SignInDecisions.New(http, now, login.ClientId, user.Id, [.. login.Methods, .. methods], login.IdentityProvider, PolicyVersion);
        decision.KnownDevice = login.DeviceId is not null;
        decision.Outcome = SignInOutcome.WrongFactor;

        var cookies = http.Response.Headers.SetCookie;
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            if (!isCode) await counters.LockAsync(user.Id);
            // Nobody guesses a key, so guesses at codes do not close the way of the passkey.
            if (isCode && !await counters.TryTakeAsync(user.Id, login.CountedDeviceId, now)) decision.Outcome = SignInOutcome.LockedOut;
            else if (Reaches(login, methods)) decision.Outcome = proof is FactorProof.MailCode mailed ? await mailFactor.TakeAsync(login, user, mailed.Code, ct) : await proofs.VerifyAsync(user.Id, proof, http, ct);

            var judged = decision.Outcome is SignInOutcome.Success ? await JudgeAsync(login, proof, decision, ct) : null;
            // What was asked for when this began is not enough any more: it begins anew, and the code is not used up.
            if (judged is { Verdict.Answer: not (PolicyAnswer.Allow or PolicyAnswer.Block) }) return new(SignInOutcome.Over, login.ReturnUrl);

            if (decision.Outcome is not SignInOutcome.Success && !decision.Outcome.IsBlocked()) db.ChangeTracker.Clear(); // of somebody else's passkey nothing is kept
            if (decision.Outcome is SignInOutcome.Success && !await pending.CompleteAsync(login, ct)) return new(SignInOutcome.Over, login.ReturnUrl); // rolled back: the code is not used up
            if (decision.Outcome is SignInOutcome.Success)
            {
                if (!await BeginAsync(login, user, methods, decision, judged!, remember && proof is not FactorProof.RecoveryCode, http)) return new(SignInOutcome.Over, login.ReturnUrl);
                if (proof is FactorProof.RecoveryCode) notices.Add(MailKinds.RecoveryCodeUsed, user, http);
                await counters.ResetAsync(user.Id, login.CountedDeviceId);
            }
            else if (isCode && (decision.Outcome is SignInOutcome.UsedFactor || decision.Outcome.IsBlocked())) await counters.GiveBackAsync(user.Id, login.CountedDeviceId);

            if (judged is not null) await blocked.NoteAsync(user, decision, judged, http);
            db.SignInDecisions.Add(decision);
            try
            {
                await db.SaveChangesAsync(CancellationToken.None);
            }
            catch (DbUpdateException e) when (e is DbUpdateConcurrencyException || e.IsDuplicate())
            {
                // The same answer of the passkey in another request, or a passkey that is gone: what was to be the session's is taken back with it.
                http.Response.Headers.SetCookie = cookies;
                db.ChangeTracker.Clear();
                return new(SignInOutcome.UsedFactor, login.ReturnUrl);
            }
            await transaction.CommitAsync(CancellationToken.None);
        }

        Log.SignInDecided(logger, decision.Outcome, decision.UserId);
        return new(decision.Outcome, login.ReturnUrl);
    }

    private async Task<PolicyJudgement> JudgeAsync(PendingLogin login, FactorProof proof, SignInDecision decision, CancellationToken ct)
    {
        // What was shown is had; the others are kept for whoever asks another policy later.
        var had = await db.FactorsOfAsync(login.UserId, ct);
        var judged = await policies.JudgeAsync(SignInDecisions.InputsOf(decision, device: null) with { KnownDevice = decision.KnownDevice, HasPasskey = had.Passkey || proof is FactorProof.Passkey, HasApp = had.AuthenticatorApp || proof is FactorProof.AppCode }, ct, login);
        decision.Judged(judged);
        if (judged.Verdict.Answer is PolicyAnswer.Block) decision.Outcome = judged.Outcome;
        return judged;
    }

    /// <summary>False when the session that was to be raised has ended meanwhile.</summary>
    private async Task<bool> BeginAsync(PendingLogin login, User user, IReadOnlyList<string> methods, SignInDecision decision, PolicyJudgement judged, bool remember, HttpContext http)
    {
        await db.Users.Where(u => u.Id == user.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.LastSignInAt, decision.At), CancellationToken.None);
        DateTimeOffset? rememberedUntil = remember && judged.Verdict.RememberDays > 0 ? decision.At.AddDays(judged.Verdict.RememberDays) : null;
        if (login.SessionId is not { } raised)
        {
            await complete.ExecuteAsync(user, [.. login.Methods.Union(methods)], login.IdentityProvider, login.DeviceId, decision, judged, http, showsFactor: true, rememberedUntil);
            return true;
        }

        if (Handles.Read(http, SessionAuthenticationHandler.Cookie) is not { } handle) return false;
        var present = (await sessions.ByHandle(db, Handles.Hash(handle), CancellationToken.None))?.Session;
        if (present is null || present.Id != raised || present.EndedAt is not null || present.ExpiresAt <= decision.At) return false;
        // Only the missing factor was shown: age, end and everything else of the session are what they were, also where another tab has raised it meanwhile.
        await complete.RaiseAsync(user, present, methods, login.DeviceId, decision, http, rememberedUntil);
        return true;
    }

    private static bool Reaches(PendingLogin login, IReadOnlyList<string> methods) => login.AcrValues.Count == 0 || AuthenticationContexts.AreMet([.. login.Methods, .. methods], login.AcrValues);
}
