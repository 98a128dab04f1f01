using IdP.Access;
using IdP.Audit;
using IdP.Credentials.Passwords;
using IdP.Credentials.Passwords.History;
using IdP.Data;
using IdP.Mail;
using IdP.Sessions;
using IdP.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>A person's own change of password: needs the present one, ends all other sessions.</summary>
public sealed class ChangePassword(IdpDbContext db, PasswordQueue passwords, PasswordRules rules, FormerPasswords former, GuessLimits limits, AuditLog audit, EndAllSessions sessions, Notices.Notices notices, IHttpContextAccessor http, TimeProvider clock)
{
    /// <summary>What a passkey and an app leave in the methods of a session (RFC 8176 2); a code by mail leaves neither.</summary>
    private static readonly string[] Proofs = ["pop", "otp"];

    public async Task<Outcome<bool>> ExecuteAsync(SignedInPerson person, string current, string replacement, CancellationToken ct)
    {
        // A foreign hand at an open browser must not find the password out here, where the sign-in's counters do not look.
        if (!limits.TryTake(person.UserId)) return Failure.Invalid("too_many_attempts", "Too many wrong passwords. Wait a quarter of an hour and try again.", "current");
        var line = PasswordSource.Person(person.UserId);
        var user = await db.Users.SingleAsync(u => u.Id == person.UserId, ct);
        var verdict = await passwords.VerifyAsync(user, current, line, ct);
        if (verdict is PasswordVerificationResult.Failed) return Failure.Invalid("wrong_password", "The present password is not right.", "current");
        limits.GiveBack(person.UserId);
        if (verdict is null) return Failure.Busy(passwords.RetryAfter);
        if (await rules.CheckReplacementAsync(user, replacement, current, line, ct, "replacement") is { } bad) return bad;
        if (await passwords.HashAsync(user, replacement, line, ct) is not { } hash) return Failure.Busy(passwords.RetryAfter);

        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters.
        await db.Users.Where(u => u.Id == user.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct);
        former.Keep(user);
        // Whoever has chosen the present one by a mail has shown no more when choosing the next.
        var recoveredAt = person.AuthenticationMethods.Intersect(Proofs).Any() ? null : user.PasswordRecoveredAt;
        user.SetPassword(hash, now);
        user.PasswordRecoveredAt = recoveredAt;
        await sessions.OfAsync(user.Id, ct, keep: person.SessionId);
        notices.Add(MailKinds.PasswordChanged, user, http.HttpContext);
        audit.Record("user.password_changed", "user", user.Id.ToString(), actorId: user.Id);
        if (await db.SaveAsync("user", ct) is { } conflict) return conflict; // the account was frozen, or its password set anew, meanwhile
        await former.TrimAsync(user.Id, ct);
        await transaction.CommitAsync(ct);
        return true;
    }
}
