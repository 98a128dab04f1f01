using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Mail;
using IdP.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Federation;

/// <summary>A person disconnects the login of another provider, unless nothing else would let them in. Sessions that began with it end, but for the one in which they ask.</summary>
public sealed class UnlinkLogin(IdpDbContext db, Upstreams upstreams, EndAllSessions sessions, Notices.Notices notices, IHttpContextAccessor http, AuditLog audit, TimeProvider clock)
{
    public async Task<Outcome<bool>> ExecuteAsync(SignedInPerson person, string provider, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters: two removals at once are one after the other.
        if (await db.Users.Where(u => u.Id == person.UserId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct) == 0) return Failure.NotFound("user");
        if (await db.UserLogins.Where(l => l.UserId == person.UserId && l.LoginProvider == provider).ExecuteDeleteAsync(ct) == 0) return Failure.NotFound("login");
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == person.UserId, ct);
        if (user.PasswordHash is null && !await db.UserPasskeys.AnyAsync(p => p.UserId == user.Id, ct) && !await HasOtherAsync(user.Id, ct))
            return Failure.Conflict("only_way_in", "Nothing else would let you in. Set a password or add a passkey first."); // the transaction is given up

        await sessions.OfAsync(user.Id, ct, keep: person.SessionId);
        notices.Add(MailKinds.LoginUnlinked, user, http.HttpContext);
        audit.Record("user.login_unlinked", "user", user.Id.ToString(), new { provider }, user.Id);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    /// <summary>Whether one of the logins that are left is of a provider that is switched on.</summary>
    private async Task<bool> HasOtherAsync(Guid userId, CancellationToken ct)
    {
        foreach (var key in await db.UserLogins.Where(l => l.UserId == userId).Select(l => l.LoginProvider).Distinct().ToListAsync(ct))
            if (await upstreams.FindByKeyAsync(key, ct) is not null) return true;
        return false;
    }
}
