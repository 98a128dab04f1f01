using IdP.Audit;
using IdP.Credentials.RecoveryCodes;
using IdP.Data;
using IdP.Mail;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Credentials;

/// <summary>What every change of a person's factors brings with it, in the same transaction: sign-ins that have begun end, and where one is taken away, so does what it led to elsewhere.</summary>
public sealed class FactorChanges(IdpDbContext db, IssueRecoveryCodes recoveryCodes, EndAllSessions sessions, Notices.Notices notices, IHttpContextAccessor http, AuditLog audit, TimeProvider clock)
{
    /// <summary>The person, with the row locked by a change, so that two changes at once are one after the other.</summary>
    /// <param name="evenDisabled">Whether also somebody who cannot sign in just now.</param>
    /// <param name="presentStamp">The stamp that the person must still have; null for any.</param>
    public async Task<User?> BeginAsync(Guid userId, CancellationToken ct, bool evenDisabled = false, string? presentStamp = null)
    {
        var (stamp, now) = (Guid.NewGuid().ToString("N"), clock.GetUtcNow());
        if (await db.Users.Where(u => u.Id == userId && (u.Enabled || evenDisabled) && (presentStamp == null || (u.SecurityStamp ?? "") == presentStamp)).ExecuteUpdateAsync(u => u.SetProperty(x => x.SecurityStamp, stamp).SetProperty(x => x.UpdatedAt, now), ct) == 0) return null;
        return await db.Users.AsNoTracking().SingleAsync(u => u.Id == userId, ct);
    }

    /// <param name="methods">What the person has just shown with it, which counts for the session they did it in.</param>
    /// <returns>Recovery codes, when this person had none: whoever must show a factor needs a way back without it.</returns>
    public async Task<IReadOnlyList<string>> AddedAsync(User user, string kind, IReadOnlyList<string> methods, SignedInPerson person, CancellationToken ct)
    {
        audit.Record("user.factor_added", "user", user.Id.ToString(), new { kind });
        notices.Add(kind == CredentialKinds.Passkey ? MailKinds.PasskeyAdded : MailKinds.AppAdded, user, http.HttpContext);
        // What began when the password alone was enough has not shown what is owed from now on.
        if (!await FactorQueries.HasSecondFactorAsync(db, user.Id, ct)) await sessions.OfAsync(user.Id, ct, keep: person.SessionId);
        List<string> shown = [.. person.AuthenticationMethods.Union(methods)];
        await db.Sessions.Where(s => s.Id == person.SessionId).ExecuteUpdateAsync(s => s.SetProperty(x => x.AuthenticationMethods, shown), ct);
        return await db.Credentials.AnyAsync(c => c.UserId == user.Id && c.Kind == CredentialKinds.RecoveryCode, ct) ? [] : recoveryCodes.Add(user);
    }

    /// <param name="keep">The session that asks; every other one ends.</param>
    public async Task RemovedAsync(User user, string kind, Guid? keep, CancellationToken ct)
    {
        audit.Record("user.factor_removed", "user", user.Id.ToString(), new { kind });
        notices.Add(kind switch { CredentialKinds.Passkey => MailKinds.PasskeyRemoved, CredentialKinds.AuthenticatorApp => MailKinds.AppRemoved, _ => MailKinds.FactorsRemoved }, user, http.HttpContext);
        await db.KnownDevices.Where(d => d.UserId == user.Id && d.RememberedUntil != null).ExecuteUpdateAsync(d => d.SetProperty(x => x.RememberedUntil, (DateTimeOffset?)null), ct);
        await sessions.OfAsync(user.Id, ct, keep);
        // Nothing is left that recovery codes could stand in for.
        if (!await FactorQueries.HasSecondFactorAsync(db, user.Id, ct))
            await db.Credentials.Where(c => c.UserId == user.Id && c.Kind == CredentialKinds.RecoveryCode).ExecuteDeleteAsync(ct);
    }
}
