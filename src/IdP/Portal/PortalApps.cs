using IdP.Data;
using IdP.Protocol.Changes;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Portal;

/// <summary>An app that people may find among theirs.</summary>
/// <param name="App">With what its picture and name need, and nothing else.</param>
/// <param name="Link">Where it is opened.</param>
public sealed record PortalApp(Client App, string Link)
{
    public string Name => App.ClientName ?? App.ClientId;
}

/// <summary>Every app that is to be shown, in memory and by name; forgotten together with the <see cref="Catalog"/>: at a change that this node makes or hears of, otherwise after <see cref="ChangeFeed.Lifetime"/>.</summary>
public sealed class PortalApps(IServiceScopeFactory scopes, Catalog catalog, ChangeFeed feed, IConfiguration configuration, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile Loaded? _loaded;

    public async ValueTask<IReadOnlyList<PortalApp>> AllAsync(CancellationToken ct) => (_loaded is { } known && IsFresh(known) ? known : await LoadAsync(ct)).Apps;

    public void Dispose() => _loading.Dispose();

    private async Task<Loaded> LoadAsync(CancellationToken ct)
    {
        await _loading.WaitAsync(ct);
        try
        {
            if (_loaded is { } known && IsFresh(known)) return known;
            // Taken before the reading: a change that comes meanwhile makes what was read old at once.
            var (generation, at) = (catalog.Version, clock.GetUtcNow());
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
            var rows = await db.Clients.AsNoTracking().Where(c => c.ShowInPortal && c.Enabled).Select(c => new
            {
                c.Id, c.ClientId, c.ClientName, c.Description, c.ClientUri, c.InitiateLoginUri, c.AssignmentRequired,
                Logo = db.ClientLogos.Where(l => l.ClientKey == c.Id && l.Uri == c.LogoUri).Select(l => l.Fingerprint).FirstOrDefault(),
            }).ToListAsync(ct);
            var apps = from row in rows
                       let link = row.InitiateLoginUri is null ? row.ClientUri : QueryHelpers.AddQueryString(row.InitiateLoginUri, "iss", configuration["Issuer"]!) // OpenID Connect Core 4; the issuer is checked at start
                       where link is not null
                       select new PortalApp(new() { Id = row.Id, ClientId = row.ClientId, ClientName = row.ClientName, Description = row.Description, AssignmentRequired = row.AssignmentRequired, LogoFingerprint = row.Logo }, link);
            return _loaded = new([.. apps.OrderBy(app => app.Name, StringComparer.InvariantCultureIgnoreCase).ThenBy(app => app.App.ClientId, StringComparer.Ordinal)], generation, at);
        }
        finally
        {
            _loading.Release();
        }
    }

    private bool IsFresh(Loaded loaded) => loaded.Generation == catalog.Version && clock.GetUtcNow() - loaded.At < feed.Lifetime;

    private sealed record Loaded(IReadOnlyList<PortalApp> Apps, int Generation, DateTimeOffset At);
}
