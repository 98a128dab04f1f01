using IdP.Access;
using IdP.Audit;
using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Protocol.Grants;
using IdP.Sessions;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>A person's own change of password: needs the present one, ends all other sessions.</summary>
public sealed class ChangePassword(IdpDbContext db, PasswordQueue passwords, AuditLog audit, GrantRevocation revocation, TimeProvider clock)
{
    public async Task<Outcome<bool>> ExecuteAsync(SignedInPerson person, string current, string replacement, CancellationToken ct)
    {
        var user = await db.Users.SingleAsync(u => u.Id == person.UserId, ct);
        if (await passwords.VerifyAsync(user, current, ct) is not (PasswordVerificationResult.Success or PasswordVerificationResult.SuccessRehashNeeded))
            return Failure.Invalid("wrong_password", "The present password is not right.", "current");
        if (PasswordRules.Check(replacement, user.UserName, user.Email, "replacement") is { } bad) return bad;
        if (replacement == current) return Failure.Invalid("password_same", "Choose a password that you do not have already.", "replacement");
        if (await passwords.HashAsync(user, replacement, ct) is not { } hash) return Failure.Conflict("busy", "Too many people sign in right now. Try again in a moment.");

        var now = clock.GetUtcNow();
        (user.PasswordHash, user.PasswordChangedAt, user.MustChangePassword, user.UpdatedAt) = (hash, now, false, now);
        user.SecurityStamp = Guid.NewGuid().ToString("N");
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var others = await db.Sessions.Where(s => s.UserId == user.Id && s.Id != person.SessionId && s.EndedAt == null).Select(s => s.Id).ToListAsync(ct);
        await db.Sessions.Where(s => others.Contains(s.Id)).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), ct);
        foreach (var other in others) await revocation.RevokeSessionAsync(other, ct);
        audit.Record("user.password_changed", "user", user.Id.ToString(), actorId: user.Id);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }
}
