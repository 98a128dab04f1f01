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
    public async Task<IReadOnlyList<SessionApp>> ReadAsync(string subject, Guid sessionId, CancellationToken ct)
    {
        var keys = await db.Set<Grant>().Where(g => g.SessionId == sessionId && g.Subject == subject && g.ClientKey != null).Select(g => g.ClientKey!.Value).Distinct().ToListAsync(ct);
        if (keys.Count == 0) return [];

        var deliveries = await db.Set<LogoutDelivery>().AsNoTracking().Where(d => d.SessionId == sessionId && d.Subject == subject).OrderBy(d => d.CreatedAt).ToListAsync(ct);
        List<SessionApp> apps = [];
        foreach (var key in keys)
            if (await catalog.FindClientByKeyAsync(key, ct) is { } client)
                apps.Add(new(client.ClientId, client.ClientName ?? client.ClientId, deliveries.FindLast(d => d.ClientKey == key), FrameOf(client, sessionId)));
        return [.. apps.OrderBy(app => app.Name, StringComparer.OrdinalIgnoreCase).ThenBy(app => app.ClientId, StringComparer.Ordinal)];
    }

    /// <summary>OpenID Connect Front-Channel Logout 1.0, 2: the registered address with <c>iss</c> and <c>sid</c>, by which the app knows whose session ends and a stranger's frame ends nobody's.</summary>
    private string? FrameOf(Client client, Guid sessionId)
    {
        if (client is not { Enabled: true, FrontChannelLogoutUri: { } address } || !client.FrontChannelLogoutSessionRequired) return client.Enabled ? client.FrontChannelLogoutUri : null;
        return QueryHelpers.AddQueryString(address, new Dictionary<string, string?> { ["iss"] = configuration["Issuer"], [ClaimDestinations.SessionId] = sessionId.ToString("N") });
    }
}

/// <param name="Delivery">What became of its logout token; null when it does not take one.</param>
/// <param name="FrameAddress">What the browser loads in a hidden frame; null when the app does not ask for that.</param>
public sealed record SessionApp(string ClientId, string Name, LogoutDelivery? Delivery, string? FrameAddress);
