using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.Sessions;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.SignUp;

/// <summary>A person shows that the address of their account is theirs. An address that another account has confirmed stays that one's.</summary>
public sealed class ConfirmEmail(IdpDbContext db, OneTimeLinks links, MailQueue mail, AuditLog audit, TimeProvider clock)
{
    /// <summary>The page of the link.</summary>
    public const string Path = "/account/email";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>Mails the link.</summary>
    public async Task<Outcome<bool>> AskAsync(Guid userId, CancellationToken ct)
    {
        if (!mail.IsOn) return Failure.NotFound("page");
        if (await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == userId && u.Enabled, ct) is not { Email: not null, EmailConfirmed: false } user) return Failure.NotFound("address");
        if (await links.IsFloodAsync(LinkPurposes.ConfirmEmail, user.Id, ct)) return Failure.Busy(OneTimeLinks.FloodWindow);
        var link = links.Add(LinkPurposes.ConfirmEmail, user, Lifetime, Path);
        mail.Add(MailKinds.ConfirmEmail, user, new Dictionary<string, object> { ["provider"] = links.Provider, ["link"] = link, ["hours"] = (int)Lifetime.TotalHours }, Lifetime);
        audit.Record("user.email_confirmation_asked", "user", user.Id.ToString(), actorId: user.Id);
        await db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>The link, for whoever is signed in to its account: the owner of a mailbox must not vouch for a stranger's account by a click.</summary>
    public async Task<OneTimeLink?> FindAsync(string? token, SignedInPerson person, CancellationToken ct) =>
        await links.FindAsync(LinkPurposes.ConfirmEmail, token, ct) is { User.Enabled: true } link && link.UserId == person.UserId ? link : null;

    public async Task<Outcome<User>> ExecuteAsync(string? token, SignedInPerson person, CancellationToken ct)
    {
        if (await FindAsync(token, person, ct) is not { User: { } user } link) return Failure.NotFound("link");
        var (now, stamp) = (clock.GetUtcNow(), Guid.NewGuid().ToString("N"));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == user.Id && u.NormalizedEmail == link.Address && !db.Users.Any(o => o.Id != u.Id && o.NormalizedEmail == link.Address && o.EmailConfirmed))
                .ExecuteUpdateAsync(u => u.SetProperty(x => x.EmailConfirmed, true).SetProperty(x => x.ConcurrencyStamp, stamp).SetProperty(x => x.UpdatedAt, now), ct) == 0
            || !await links.TakeAsync(link, ct)) return Failure.NotFound("link");
        audit.Record("user.email_confirmed", "user", user.Id.ToString(), actorId: user.Id);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return user;
    }
}
