using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace IdP.Protocol.Logout;

/// <summary>The apps that were reached in a session, and how each hears of its end: what the browser must load, and the receipt that people see.</summary>
public sealed class SessionApps(DbContext db, Catalog catalog, IConfiguration configuration)
{
    /// <summary>All sessions of a person end in one transaction; what ends later is another sign-out.</summary>
    private static readonly TimeSpan EverywhereTakes = TimeSpan.FromMinutes(1);

    public Task<IReadOnlyList<SessionApp>> ReadAsync(string subject, Guid sessionId, CancellationToken ct) => ReadAsync(new SignedOut(subject, sessionId, default), ct);

    public async Task<IReadOnlyList<SessionApp>> ReadAsync(SignedOut ended, CancellationToken ct)
    {
        var (subject, sessionId, since, until) = (ended.Subject, ended.SessionId, ended.EverywhereSince, ended.EverywhereSince + EverywhereTakes);
        var here = await db.Set<Grant>().Where(g => g.SessionId == sessionId && g.Subject == subject && g.ClientKey != null).Select(g => g.ClientKey!.Value).Distinct().ToListAsync(ct);
        var elsewhere = since is null ? []
            : await db.Set<Grant>().Where(g => g.Subject == subject && g.SessionId != null && g.RevokedAt >= since && g.RevokedAt <= until && g.ClientKey != null).Select(g => g.ClientKey!.Value).Distinct().ToListAsync(ct);
        var told = db.Set<LogoutDelivery>().AsNoTracking().Where(d => d.Subject == subject);
        told = since is null ? told.Where(d => d.SessionId == sessionId) : told.Where(d => d.SessionId == sessionId || (d.CreatedAt >= since && d.CreatedAt <= until));
        var deliveries = here.Count + elsewhere.Count == 0 && since is null ? [] : await told.OrderBy(d => d.CreatedAt).ToListAsync(ct);
        List<SessionApp> apps = [];
        foreach (var key in here.Concat(elsewhere).Concat(deliveries.Select(d => d.ClientKey)).Distinct())
            if (await catalog.FindClientByKeyAsync(key, ct) is { } client)
                apps.Add(new(client.ClientId, client.ClientName ?? client.ClientId, Slowest(deliveries, key), here.Contains(key) ? FrameOf(client, sessionId) : null, client.AccessTokenType is AccessTokenType.Jwt ? TimeSpan.FromSeconds(client.AccessTokenLifetime) : TimeSpan.Zero));
        return [.. apps.OrderBy(app => app.Name, StringComparer.OrdinalIgnoreCase).ThenBy(app => app.ClientId, StringComparer.Ordinal)];
    }

    /// <summary>An app in which several sessions were told of has heard once it has heard of all; of one session, what was queued last counts.</summary>
    private static LogoutDelivery? Slowest(List<LogoutDelivery> deliveries, Guid clientKey) => deliveries.Where(d => d.ClientKey == clientKey).GroupBy(d => d.SessionId).Select(group => group.Last())
        .MinBy(d => (d.Status, d.LastError) switch { (LogoutDeliveryStatus.Pending, not null) => 0, (LogoutDeliveryStatus.Pending, null) => 1, (LogoutDeliveryStatus.Failed, _) => 2, _ => 3 });

    /// <summary>OpenID Connect Front-Channel Logout 1.0, 2: the registered address with <c>iss</c> and <c>sid</c>, by which the app knows whose session ends and a stranger's frame ends nobody's.</summary>
    private string? FrameOf(Client client, Guid sessionId)
    {
        if (client is not { Enabled: true, FrontChannelLogoutUri: { } address } || !client.FrontChannelLogoutSessionRequired) return client.Enabled ? client.FrontChannelLogoutUri : null;
        return QueryHelpers.AddQueryString(address, new Dictionary<string, string?> { ["iss"] = configuration["Issuer"], [ClaimDestinations.SessionId] = sessionId.ToString("N") });
    }
}

/// <param name="Delivery">What became of its logout token; null when it does not take one.</param>
/// <param name="FrameAddress">What the browser loads in a hidden frame; null when the app does not ask for that.</param>
/// <param name="AccessTokenLifetime">How long an access token that others check by themselves lives on; zero when none does.</param>
public sealed record SessionApp(string ClientId, string Name, LogoutDelivery? Delivery, string? FrameAddress, TimeSpan AccessTokenLifetime);
