using IdP.Credentials.Passkeys;
using IdP.Data;
using IdP.Policies;
using IdP.Risk;
using IdP.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.SignIn;

/// <summary>
/// Sign-in with a passkey and nothing else: the key in the device and what the device asked the person for are two factors already. No user name is sent, so
/// nobody learns who has passkeys.
/// </summary>
public sealed class PasskeySignIn(IdpDbContext db, PasskeyCeremonies ceremonies, PasskeyProof passkeys, CompleteSignIn complete, PolicyCheck policies, BlockedSignIn blocked, GuessLimits limits, SignInRefusals refusals, TimeProvider clock, ILogger<PasskeySignIn> logger)
{
    private const int PolicyVersion = 2;

    public Task<PasskeyChallenge> ChallengeAsync(HttpContext http) => ceremonies.ChallengeAsync(user: null, http);

    /// <returns><see cref="SignInOutcome.Success"/> with the session started, <see cref="SignInOutcome.Busy"/>, <see cref="SignInOutcome.Blocked"/>, <see cref="SignInOutcome.BlockedByRisk"/>, or anything else, which a page must not tell apart.</returns>
    public async Task<SignInAnswer> ExecuteAsync(string credential, string state, string? clientId, HttpContext http, CancellationToken ct)
    {
        var (now, cookies) = (clock.GetUtcNow(), http.Response.Headers.SetCookie);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        Guid? copied = null;
        var proven = await passkeys.TakeAsync(credential, state, http, ct, owner => copied = owner);
        var user = proven?.User;
        var decision = SignInDecisions.New(http, now, clientId, user?.Id ?? copied, PasskeyProof.Methods, "local", PolicyVersion);
        decision.Outcome = user switch { null when copied is not null => SignInOutcome.CopiedPasskey, null => SignInOutcome.WrongFactor, { Enabled: false } => SignInOutcome.Disabled, _ => SignInOutcome.Success };
        // Only what fails counts against the network: nobody is kept out by what neighbours do, and the table does not grow without end.
        if (decision.Outcome is not SignInOutcome.Success && limits.TryTake(http.Connection.RemoteIpAddress) is { } wait)
        {
            refusals.Note(SignInRefusal.TooManyFailures);
            return new(SignInOutcome.Busy, RetryAfter: wait);
        }

        KnownDevice? device = null;
        PolicyJudgement? judged = null;
        if (decision.Outcome is SignInOutcome.Success)
        {
            device = await complete.DeviceOfAsync(user!.Id, http, ct); // success has a user
            decision.KnownDevice = device is not null;
            judged = await policies.JudgeAsync(SignInDecisions.InputsOf(decision, device) with { HasPasskey = true }, ct);
            decision.Judged(judged);
            // A passkey is all that can be asked for; what is left is where it comes from.
            if (!judged.Allows) decision.Outcome = judged.Outcome.IsBlocked() ? judged.Outcome : SignInOutcome.Blocked;
        }

        // The person's row before any other, see FactorCounters.
        if (decision.Outcome is SignInOutcome.Success && await db.Users.Where(u => u.Id == user!.Id && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.LastSignInAt, now), CancellationToken.None) == 0) decision.Outcome = SignInOutcome.Disabled; // in this very moment
        else if (proven is not null && await passkeys.IsSpentAsync(proven.ChallengeId, ct)) decision.Outcome = SignInOutcome.UsedFactor; // in another request at once
        if (decision.Outcome is SignInOutcome.Success)
        {
            await complete.ExecuteAsync(user!, PasskeyProof.Methods, "local", device?.Id, decision, judged!, http, showsFactor: true); // success has a user and was judged
        }
        else if (!decision.Outcome.IsBlocked()) db.ChangeTracker.Clear(); // of a disabled person nothing is touched
        else await blocked.NoteAsync(user!, decision, judged!, http); // blocked is somebody who was judged
        db.SignInDecisions.Add(decision);
        try
        {
            await db.SaveChangesAsync(CancellationToken.None);
        }
        catch (DbUpdateException e) when (e is DbUpdateConcurrencyException || e.IsDuplicate())
        {
            // The same answer in another request, or a passkey that is gone: what was to be the session's is taken back with it.
            http.Response.Headers.SetCookie = cookies;
            db.ChangeTracker.Clear();
            return new(SignInOutcome.UsedFactor);
        }
        await transaction.CommitAsync(CancellationToken.None);

        Log.SignInDecided(logger, decision.Outcome, decision.UserId);
        return new(decision.Outcome, user);
    }
}
