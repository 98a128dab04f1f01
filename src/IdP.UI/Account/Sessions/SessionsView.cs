using IdP.Data;
using IdP.Risk;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Account.Sessions;

/// <summary>What the page of sessions shows.</summary>
/// <param name="HasMore">Whether there are more sessions than are shown.</param>
public sealed record SessionsView(IReadOnlyList<SessionRow> Sessions, bool HasMore, IReadOnlyList<KnownBrowserRow> Browsers)
{
    private const int MostSessions = 100, MostBrowsers = 100;

    /// <param name="known">Hashes of the handles that this browser is known by.</param>
    /// <param name="language">Two letters, for the names of places.</param>
    public static async Task<SessionsView> ReadAsync(SignedInPerson person, IReadOnlyList<string> known, IdpDbContext db, OpenSessions sessions, Places places, string language, DateTimeOffset now, CancellationToken ct)
    {
        var open = await sessions.ReadAsync(new(UserId: person.UserId), before: null, MostSessions + 1, ct) ?? [];
        var browsers = await db.KnownDevices.AsNoTracking().Where(d => d.UserId == person.UserId).OrderByDescending(d => d.LastSeenAt).Take(MostBrowsers).ToListAsync(ct);
        return new(
            [.. open.Take(MostSessions).OrderByDescending(one => one.Session.Id == person.SessionId).ThenByDescending(one => one.Session.LastSeenAt).Select(one => new SessionRow(one, places.NameOf(one.Session.RemoteAddress, language), one.Session.Id == person.SessionId))],
            open.Count > MostSessions,
            [.. browsers.Select(d => new KnownBrowserRow(d.Id, d.UserAgent, d.LastSeenAt, d.RememberedUntil > now ? d.RememberedUntil : null, known.Contains(d.HandleHash)))]);
    }
}

public sealed record SessionRow(OpenSession Open, string? Place, bool IsThis);

/// <param name="RememberedUntil">Until when no second factor is asked for in it; null where one is.</param>
public sealed record KnownBrowserRow(Guid Id, string? UserAgent, DateTimeOffset LastSeenAt, DateTimeOffset? RememberedUntil, bool IsThis);
