using IdP.Access;
using IdP.Audit;
using IdP.Credentials.Passwords;
using IdP.Credentials.Passwords.History;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Recovery;

/// <summary>
/// Sets a new password by the link of a mail. It ends every session and signs nobody in: whoever has a second factor is asked for it at the sign-in that follows.
/// </summary>
public sealed class ResetForgottenPassword(IdpDbContext db, OneTimeLinks links, PasswordQueue passwords, PasswordRules rules, FormerPasswords former, EndAllSessions sessions, Notices.Notices notices, AuditLog audit, Actor actor, TimeProvider clock)
{
    /// <summary>The link with its account; null when it opens nothing (any more).</summary>
    public async Task<OneTimeLink?> FindAsync(string? token, CancellationToken ct) => await links.FindAsync(LinkPurposes.ResetPassword, token, ct) is { User.Enabled: true } link ? link : null;

    /// <returns>The link that was used.</returns>
    public async Task<Outcome<OneTimeLink>> ExecuteAsync(string? token, string password, HttpContext http, CancellationToken ct)
    {
        if (await FindAsync(token, ct) is not { User: { } user } link) return Failure.NotFound("link");
        var line = PasswordSource.Network(http.Connection.RemoteIpAddress);
        if (await rules.CheckReplacementAsync(user, password, current: null, line, ct) is { } bad) return bad;
        if (await passwords.HashAsync(user, password, line, ct) is not { } hash) return Failure.Busy(passwords.RetryAfter);

        var (now, stamp) = (clock.GetUtcNow(), Guid.NewGuid().ToString("N"));
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters; also what ends the link for another request at once.
        if (await db.Users.Where(u => u.Id == user.Id && u.Enabled && (u.SecurityStamp ?? "") == link.SecurityStamp && u.NormalizedEmail == link.Address).ExecuteUpdateAsync(u => u
                .SetProperty(x => x.PasswordHash, hash).SetProperty(x => x.PasswordChangedAt, now).SetProperty(x => x.PasswordRecoveredAt, now).SetProperty(x => x.MustChangePassword, false).SetProperty(x => x.PasswordChangeReason, (PasswordChangeReason?)null).SetProperty(x => x.SecurityStamp, stamp).SetProperty(x => x.ConcurrencyStamp, stamp)
                .SetProperty(x => x.UpdatedAt, now).SetProperty(x => x.AccessFailedCount, 0).SetProperty(x => x.LockoutEnd, (DateTimeOffset?)null), ct) == 0
            || !await links.TakeAsync(link, ct)) return Failure.NotFound("link");
        // Whoever is signed in with the old password, or was remembered with it, may be the reason for the new one.
        await db.KnownDevices.Where(d => d.UserId == user.Id).ExecuteDeleteAsync(ct);
        await sessions.OfAsync(user.Id, ct);
        audit.Record("user.password_recovered", "user", user.Id.ToString(), actorId: user.Id);
        notices.Add(MailKinds.PasswordRecovered, user, http);
        former.Keep(user);
        await db.SaveChangesAsync(ct);
        await former.TrimAsync(user.Id, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return link;
    }
}
