using IdP.Credentials;
using IdP.Credentials.Passkeys;
using IdP.Data;
using IdP.Mail;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.Recovery.Rescue;

/// <summary>Takes the second factor of somebody whose pass stands in for the password alone. No session begins with it.</summary>
public sealed class RescueFactor(IdpDbContext db, FactorCounters counters, FactorProofs proofs, Notices.Notices notices, TimeProvider clock, ILogger<RescueFactor> logger)
{
    private const int PolicyVersion = 1;

    /// <returns><see cref="SignInOutcome.RecoveryNeeded"/> when it was right: the next step is due.</returns>
    public async Task<SignInOutcome> ExecuteAsync(PendingLogin login, User user, FactorProof proof, HttpContext http, CancellationToken ct)
    {
        var (now, isCode) = (clock.GetUtcNow(), proof is not FactorProof.Passkey);
        List<string> shown = [.. login.Methods.Union(isCode ? FactorMethods.Code : PasskeyProof.Methods)];
        var decision = SignInDecisions.New(http, now, login.ClientId, user.Id, shown, login.IdentityProvider, PolicyVersion);
        decision.KnownDevice = login.DeviceId is not null;

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (!isCode) await counters.LockAsync(user.Id);
        // Nobody guesses a key, so guesses at codes do not close the way of the passkey.
        decision.Outcome = isCode && !await counters.TryTakeAsync(user.Id, login.CountedDeviceId, now) ? SignInOutcome.LockedOut : await proofs.VerifyAsync(user.Id, proof, http, ct);
        if (decision.Outcome is SignInOutcome.Success)
        {
            if (await db.PendingLogins.Where(l => l.Id == login.Id && l.CompletedAt == null && l.ExpiresAt > now && l.User!.Enabled && (l.User.SecurityStamp ?? "") == l.SecurityStamp)
                    .ExecuteUpdateAsync(l => l.SetProperty(x => x.Methods, shown), CancellationToken.None) == 0) return SignInOutcome.Over; // rolled back: the code is not used up
            await counters.ResetAsync(user.Id, login.CountedDeviceId);
            if (proof is FactorProof.RecoveryCode) notices.Add(MailKinds.RecoveryCodeUsed, user, http);
            decision.Outcome = SignInOutcome.RecoveryNeeded;
        }
        else
        {
            db.ChangeTracker.Clear(); // of somebody else's passkey nothing is kept
            if (isCode && decision.Outcome is SignInOutcome.UsedFactor) await counters.GiveBackAsync(user.Id, login.CountedDeviceId);
        }

        db.SignInDecisions.Add(decision);
        try
        {
            await db.SaveChangesAsync(CancellationToken.None);
        }
        catch (DbUpdateException e) when (e is DbUpdateConcurrencyException || e.IsDuplicate())
        {
            db.ChangeTracker.Clear();
            return SignInOutcome.UsedFactor; // the same answer of the passkey in another request, or a passkey that is gone
        }
        await transaction.CommitAsync(CancellationToken.None);
        Log.RescueStep(logger, decision.Outcome, user.Id);
        return decision.Outcome;
    }
}
