using IdP.Data;
using IdP.Mail;
using IdP.PersonalTokens;
using IdP.Protocol.Grants;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Sessions;

/// <summary>Which sessions go on, for the protocol's own housekeeping.</summary>
internal sealed class SessionLife(IdpDbContext db, IOptions<SessionOptions> options) : ISessionLife
{
    public IQueryable<Guid> AliveAt(DateTimeOffset now)
    {
        var seen = now - options.Value.IdleLifetime;
        return db.Sessions.Where(s => s.EndedAt == null && s.ExpiresAt > now && s.LastSeenAt > seen).Select(s => s.Id);
    }

    public async Task<IReadOnlyList<Place>> OverAsync(DateTimeOffset before, Place after, int most, CancellationToken ct) => await db.Sessions
        .Where(s => s.ExpiresAt < before && s.ExpiresAt >= after.At && (s.ExpiresAt > after.At || s.Id.CompareTo(after.Id) > 0))
        .OrderBy(s => s.ExpiresAt).ThenBy(s => s.Id).Take(most).Select(s => new Place(s.ExpiresAt, s.Id)).ToListAsync(ct);

    public Task<int> ForgetAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        db.Sessions.Where(s => ids.Contains(s.Id) && !db.Grants.Any(g => g.SessionId == s.Id)).ExecuteDeleteAsync(ct);

    public async Task<int> ForgetBegunAsync(DateTimeOffset now, int most, CancellationToken ct)
    {
        var (begun, mails, ended) = (now - PendingLogins.Kept, now - OutgoingMail.Kept, now - PersonalToken.Kept);
        int[] forgotten =
        [
            await db.PendingLogins.Where(l => db.PendingLogins.Where(x => x.ExpiresAt < begun).OrderBy(x => x.ExpiresAt).Select(x => x.Id).Take(most).Contains(l.Id)).ExecuteDeleteAsync(ct),
            await db.OneTimeLinks.Where(l => db.OneTimeLinks.Where(x => x.ExpiresAt < begun).OrderBy(x => x.ExpiresAt).Select(x => x.Id).Take(most).Contains(l.Id)).ExecuteDeleteAsync(ct),
            await db.RecoveryRequests.Where(r => db.RecoveryRequests.Where(x => x.ExpiresAt < begun).OrderBy(x => x.ExpiresAt).Select(x => x.Id).Take(most).Contains(r.Id)).ExecuteDeleteAsync(ct),
            await db.MailRequests.Where(r => db.MailRequests.Where(x => x.ExpiresAt < begun).OrderBy(x => x.ExpiresAt).Select(x => x.Id).Take(most).Contains(r.Id)).ExecuteDeleteAsync(ct),
            await db.OutgoingMails.Where(m => db.OutgoingMails.Where(x => x.ExpiresAt < mails).OrderBy(x => x.ExpiresAt).Select(x => x.Id).Take(most).Contains(m.Id)).ExecuteDeleteAsync(ct),
            await db.PersonalTokens.Where(t => db.PersonalTokens.Where(x => x.ExpiresAt < ended).OrderBy(x => x.ExpiresAt).Select(x => x.Id).Take(most).Contains(t.Id)).ExecuteDeleteAsync(ct),
        ];
        return forgotten.Max();
    }
}
