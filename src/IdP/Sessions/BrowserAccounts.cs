using IdP.Data;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Sessions;

/// <summary>One account that is signed in at a browser.</summary>
/// <param name="IsCurrent">Whether pages and apps are opened for this one now.</param>
public sealed record BrowserAccount(Guid SessionId, Guid UserId, string Name, string UserName, bool IsCurrent);

/// <summary>
/// Several accounts signed in at one browser. One of them is the current one, whose handle is in the session's cookie; the handles of the others wait in a cookie beside it. A session that waits
/// is a session like any other: it is listed, ends when it is not used, and is looked up anew when it is chosen.
/// </summary>
public sealed class BrowserAccounts(IdpDbContext db, EndSession endSession, TimeProvider clock, IOptions<SessionOptions> options)
{
    internal const string Cookie = "idp.accounts";

    /// <summary>Whether there may be others than the current one; asks no database.</summary>
    public static bool Wait(HttpContext http) => Waiting(http).Count > 0;

    /// <summary>Whether there may be any; asks no database.</summary>
    public static bool MayBe(HttpContext http) => Wait(http) || Handles.Read(http, SessionAuthenticationHandler.Cookie) is not null;

    /// <summary>Those whose sessions go on, the current one first.</summary>
    public async Task<IReadOnlyList<BrowserAccount>> ReadAsync(HttpContext http, CancellationToken ct) => [.. (await FindAsync(http, ct)).Select(found => found.Account)];

    /// <summary>Makes this one the current one. False when it is not, or no longer, signed in here.</summary>
    public async Task<bool> ChooseAsync(Guid sessionId, HttpContext http, CancellationToken ct)
    {
        var found = await FindAsync(http, ct);
        if (found.FirstOrDefault(f => f.Account.SessionId == sessionId) is not { } chosen) return false;
        if (chosen.Account.IsCurrent) return true;
        Handles.Write(http, SessionAuthenticationHandler.Cookie, chosen.Handle, lifetime: null);
        BrowserState.Write(http, chosen.Handle);
        SetWaiting(http, found.Where(f => f != chosen).Select(f => f.Handle).Reverse());
        return true;
    }

    /// <summary>Signs one of them out. False when it is not, or no longer, signed in here.</summary>
    public async Task<bool> LeaveAsync(Guid sessionId, HttpContext http, CancellationToken ct)
    {
        var found = await FindAsync(http, ct);
        if (found.FirstOrDefault(f => f.Account.SessionId == sessionId) is not { } leaving) return false;
        await EndAsync(leaving.Account, found, http, ct);
        return true;
    }

    /// <summary>Signs out all but the current one.</summary>
    public async Task LeaveOthersAsync(HttpContext http, CancellationToken ct)
    {
        foreach (var found in await FindAsync(http, ct))
            if (!found.Account.IsCurrent) _ = await endSession.ExecuteAsync(found.Account.SessionId, found.Account.UserId, ct); // ended elsewhere in this moment is ended, too
        SetWaiting(http, []);
    }

    /// <summary>When none of those that wait goes on any more.</summary>
    public static void Forget(HttpContext http) => SetWaiting(http, []);

    internal static IReadOnlyList<string> Waiting(HttpContext http) => Handles.ReadAll(http, Cookie, SessionOptions.MostAccountsPerBrowser - 1);

    /// <param name="handles">The oldest first, which is the first to make room; whoever was the current one last.</param>
    internal static void SetWaiting(HttpContext http, IEnumerable<string> handles) => Handles.WriteAll(http, Cookie, [.. handles], lifetime: null);

    private async Task EndAsync(BrowserAccount account, IReadOnlyList<Found> found, HttpContext http, CancellationToken ct)
    {
        _ = await endSession.ExecuteAsync(account.SessionId, account.UserId, ct); // ended elsewhere in this moment is ended, too
        if (account.IsCurrent)
        {
            Handles.Delete(http, SessionAuthenticationHandler.Cookie);
            BrowserState.Delete(http);
        }
        else SetWaiting(http, found.Where(f => f.Account != account && !f.Account.IsCurrent).Select(f => f.Handle).Reverse());
    }

    private async Task<IReadOnlyList<Found>> FindAsync(HttpContext http, CancellationToken ct)
    {
        var current = Handles.Read(http, SessionAuthenticationHandler.Cookie);
        var handles = Waiting(http).Append(current).OfType<string>().Distinct(StringComparer.Ordinal).ToDictionary(Handles.Hash, StringComparer.Ordinal);
        if (handles.Count == 0) return [];
        var (hashes, now, seen) = (handles.Keys.ToArray(), clock.GetUtcNow(), clock.GetUtcNow() - options.Value.IdleLifetime);
        var sessions = await db.Sessions.AsNoTracking()
            .Where(s => hashes.Contains(s.HandleHash) && s.EndedAt == null && s.ExpiresAt > now && s.LastSeenAt > seen && s.User!.Enabled)
            .Select(s => new { s.Id, s.UserId, s.HandleHash, s.User!.Name, s.User.UserName, s.AuthenticatedAt }).ToListAsync(ct);
        return [.. sessions.Select(s => new Found(new(s.Id, s.UserId, s.Name ?? s.UserName ?? "", s.UserName ?? "", handles[s.HandleHash] == current), handles[s.HandleHash], s.AuthenticatedAt))
            .OrderByDescending(f => f.Account.IsCurrent).ThenByDescending(f => f.At)];
    }

    private sealed record Found(BrowserAccount Account, string Handle, DateTimeOffset At);
}
