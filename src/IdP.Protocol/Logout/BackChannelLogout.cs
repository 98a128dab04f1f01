using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Protocol.Logout;

/// <summary>
/// Queues a logout token for every app that was reached in a session and wants to hear of its end (OpenID Connect Back-Channel Logout 1.0, 2.5).
/// Part of ending a session: the caller holds the transaction, so that no session ends without its messages and no message goes out for one that lives.
/// </summary>
public sealed class BackChannelLogout(DbContext db, Catalog catalog, IOptions<BackChannelLogoutOptions> options, TimeProvider clock)
{
    /// <param name="sessions">Those that end now. To be called before their grants are deleted.</param>
    public Task QueueAsync(string subject, IQueryable<Guid> sessions, CancellationToken ct) =>
        QueueAsync(db.Set<Grant>().Where(g => g.Subject == subject && g.SessionId != null && sessions.Contains(g.SessionId.Value)), ct);

    /// <param name="sessions">Those that end now, whoever they are of.</param>
    public Task QueueAsync(IReadOnlyCollection<Guid> sessions, CancellationToken ct) => QueueAsync(db.Set<Grant>().Where(g => g.SessionId != null && sessions.Contains(g.SessionId.Value)), ct);

    /// <summary>For people who lose one app, while their sessions go on.</summary>
    /// <param name="sessions">Those that go on: of the others the app has heard.</param>
    public Task QueueAsync(Guid clientKey, IReadOnlyCollection<string> subjects, IQueryable<Guid> sessions, CancellationToken ct) =>
        QueueAsync(db.Set<Grant>().Where(g => g.Subject != null && subjects.Contains(g.Subject) && g.ClientKey == clientKey && g.SessionId != null && sessions.Contains(g.SessionId.Value)), ct);

    private async Task QueueAsync(IQueryable<Grant> grants, CancellationToken ct)
    {
        // Whatever became of the grant since then, the app may still have a session of its own.
        var reached = await grants.Where(g => g.ClientKey != null && g.Subject != null).Select(g => new { SessionId = g.SessionId!.Value, Subject = g.Subject!, ClientKey = g.ClientKey!.Value }).Distinct().ToListAsync(ct);
        var now = clock.GetUtcNow();
        foreach (var app in reached)
            if (await catalog.FindClientByKeyAsync(app.ClientKey, ct) is { BackChannelLogoutUri: not null })
                db.Add(new LogoutDelivery { SessionId = app.SessionId, Subject = app.Subject, ClientKey = app.ClientKey, CreatedAt = now, NextAttemptAt = now, ExpiresAt = now + options.Value.GiveUpAfter });
        if (db.ChangeTracker.Entries<LogoutDelivery>().Any()) await db.SaveChangesAsync(ct);
    }
}
