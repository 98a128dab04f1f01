using IdP.Audit;
using IdP.Data;
using IdP.Http;
using IdP.Protocol.Grants;
using IdP.Protocol.Logout;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Sessions;

/// <summary>Adds a new session to the change being made and gives its handle to the browser: the handle changes at every sign-in, so one planted before is worth nothing.</summary>
public sealed class StartSession(IdpDbContext db, BackChannelLogout logout, GrantRevocation revocation, AuditLog audit, TimeProvider clock, IOptions<SessionOptions> options)
{
    public Session Add(User user, IReadOnlyList<string> methods, string identityProvider, HttpContext http)
    {
        var now = clock.GetUtcNow();
        var handle = Handles.New();
        var session = new Session
        {
            HandleHash = Handles.Hash(handle),
            UserId = user.Id,
            CreatedAt = now,
            AuthenticatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + options.Value.AbsoluteLifetime,
            AuthenticationMethods = [.. methods],
            IdentityProvider = identityProvider,
            RemoteAddress = http.Connection.RemoteIpAddress?.ToString(),
            UserAgent = http.UserAgent(),
        };
        db.Sessions.Add(session);
        Handles.Write(http, SessionAuthenticationHandler.Cookie, handle, lifetime: null);
        BrowserState.Write(http, handle);
        return session;
    }

    /// <summary>
    /// Deals with the sessions this browser had before. When a person goes on, the session does too, renewed and under the new handle: apps know
    /// it by its id (<c>sid</c>), and signing out must still reach them. Somebody else's waits until it is chosen again (<see cref="BrowserAccounts"/>); where there is no room it ends with everything it led to.
    /// </summary>
    public async Task ReplacePreviousAsync(Session next, HttpContext http, CancellationToken ct)
    {
        var (current, waiting) = (Handles.Read(http, SessionAuthenticationHandler.Cookie), BrowserAccounts.Waiting(http));
        if (current is null && waiting.Count == 0) return;
        var (hashes, now) = (waiting.Append(current).OfType<string>().Distinct(StringComparer.Ordinal).ToDictionary(Handles.Hash, StringComparer.Ordinal), clock.GetUtcNow());
        var keys = hashes.Keys.ToArray();
        var before = await db.Sessions.AsNoTracking().Where(s => keys.Contains(s.HandleHash) && s.EndedAt == null).Select(s => new { s.Id, s.UserId, s.HandleHash }).ToListAsync(ct);

        // Those who may wait: the newest ones, and among them whoever was the current one.
        List<string> kept = [.. waiting.Append(current).OfType<string>().Distinct(StringComparer.Ordinal).Where(handle => before.Exists(s => hashes[s.HandleHash] == handle && s.UserId != next.UserId))];
        kept = [.. kept.TakeLast(options.Value.AccountsPerBrowser - 1)];
        foreach (var ending in before.Where(s => s.UserId != next.UserId && !kept.Contains(hashes[s.HandleHash])))
        {
            await db.Sessions.Where(s => s.Id == ending.Id && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), ct);
            await logout.QueueAsync(ending.UserId.ToString(), db.Sessions.Where(s => s.Id == ending.Id).Select(s => s.Id), ct);
            await revocation.RevokeSessionAsync(ending.Id, ct);
        }
        BrowserAccounts.SetWaiting(http, kept);

        if (before.FirstOrDefault(s => s.UserId == next.UserId) is not { } previous) return;
        var renewed = await db.Sessions.Where(s => s.Id == previous.Id && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.HandleHash, next.HandleHash)
            .SetProperty(x => x.AuthenticatedAt, next.AuthenticatedAt).SetProperty(x => x.LastSeenAt, next.LastSeenAt).SetProperty(x => x.ExpiresAt, next.ExpiresAt)
            .SetProperty(x => x.AuthenticationMethods, next.AuthenticationMethods).SetProperty(x => x.IdentityProvider, next.IdentityProvider)
            .SetProperty(x => x.RemoteAddress, next.RemoteAddress).SetProperty(x => x.UserAgent, next.UserAgent), ct);
        if (renewed == 0) return; // ended elsewhere in this very moment: the new one is a session of its own
        db.Entry(next).State = EntityState.Detached;
        next.Id = previous.Id;
    }

    /// <summary>Where there is a limit for each person, ends the sessions of this one that were begun, or renewed, longest ago. To be called when it is known which session the sign-in has led to.</summary>
    public async Task EndBeyondLimitAsync(Session current, CancellationToken ct)
    {
        if (options.Value.MaxPerPerson is not (> 0 and var most)) return;
        var (now, seen) = (clock.GetUtcNow(), clock.GetUtcNow() - options.Value.IdleLifetime);
        var beyond = await db.Sessions.Where(s => s.UserId == current.UserId && s.Id != current.Id && s.EndedAt == null && s.ExpiresAt > now && s.LastSeenAt > seen)
            .OrderByDescending(s => s.AuthenticatedAt).ThenByDescending(s => s.Id).Skip(most - 1).Select(s => s.Id).ToListAsync(ct);
        if (beyond.Count == 0) return;
        await db.Sessions.Where(s => beyond.Contains(s.Id) && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), ct);
        await logout.QueueAsync(beyond, ct);
        await revocation.RevokeSessionsAsync(beyond, ct);
        foreach (var ended in beyond) audit.Record("session.ended", "session", ended.ToString(), new { reason = "limit" }, current.UserId);
    }

    /// <summary>Adds methods to a session that goes on. Its handle changes as at every proof; when it began and ends does not.</summary>
    public async Task RaiseAsync(Session session, IReadOnlyList<string> methods, HttpContext http, CancellationToken ct)
    {
        var (handle, now) = (Handles.New(), clock.GetUtcNow());
        var (hash, shown) = (Handles.Hash(handle), (List<string>)[.. session.AuthenticationMethods.Union(methods)]);
        await db.Sessions.Where(s => s.Id == session.Id && s.EndedAt == null)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.HandleHash, hash).SetProperty(x => x.AuthenticationMethods, shown).SetProperty(x => x.LastSeenAt, now), ct);
        Handles.Write(http, SessionAuthenticationHandler.Cookie, handle, lifetime: null);
        BrowserState.Write(http, handle);
    }
}
