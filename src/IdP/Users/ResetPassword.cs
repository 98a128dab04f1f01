using IdP.Access;
using IdP.Audit;
using IdP.Credentials.Passwords.History;
using IdP.Data;
using IdP.Mail;
using IdP.Sessions;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>Gives a person a one-time password to change at the next sign-in. Whoever held the account until now is signed out everywhere.</summary>
public sealed class ResetPassword(IdpDbContext db, Actor actor, AuditLog audit, IPasswordHasher<User> hasher, FormerPasswords former, EndAllSessions sessions, Notices.Notices notices, TimeProvider clock)
{
    public async Task<Outcome<SavedUser>> ExecuteAsync(Guid userId, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var user = await db.Users.SingleOrDefaultAsync(u => u.Id == userId, ct);
        if (user is null) return Failure.NotFound("user");

        var now = clock.GetUtcNow();
        await using var transaction = await db.BeginAsync(ct);
        former.Keep(user);
        var generated = new InitialPassword.Generated().SetOn(user, hasher, now);
        (user.UpdatedAt, user.ConcurrencyStamp) = (now, Guid.NewGuid().ToString("N"));
        (user.AccessFailedCount, user.LockoutEnd) = (0, null);
        notices.Add(MailKinds.PasswordChanged, user, http: null); // where the administrator sits is nobody's business
        audit.Record("user.password_reset", "user", userId.ToString());
        if (await db.SaveAsync("user", ct) is { } conflict) return conflict;
        await former.TrimAsync(userId, ct);
        await sessions.OfAsync(userId, ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return new SavedUser(user, generated);
    }
}
