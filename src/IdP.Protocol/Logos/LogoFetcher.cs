using System.Threading.Channels;
using IdP.Protocol.Changes;
using IdP.Protocol.Clients;
using IdP.Protocol.Outbound;
using IdP.Protocol.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Protocol.Logos;

/// <summary>
/// Fetches the logos of clients in the background, on every node: new and changed ones at once, the others now and then. No page ever waits for it. Taking an
/// attempt moves it forward in the table, so no other node makes it too.
/// </summary>
internal sealed class LogoFetcher(IServiceScopeFactory scopes, OutboundHttp http, Catalog catalog, ChangeAnnouncer announcer, IOptions<AppLogoOptions> options, TimeProvider clock, ILogger<LogoFetcher> logger) : BackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(30), ShortPause = TimeSpan.FromSeconds(1);
    private const int Batch = 50, MaxInFlight = 4;

    private readonly Channel<bool> _wakeup = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Fetch) return;
        catalog.Changed += Wake;
        try
        {
            while (true)
            {
                var due = await FindDueAsync(stoppingToken);
                await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = MaxInFlight, CancellationToken = stoppingToken }, AttemptAsync);
                if (due.Count < Batch) await WaitAsync(stoppingToken);
                else await Task.Delay(ShortPause, clock, stoppingToken);
            }
        }
        finally
        {
            catalog.Changed -= Wake;
        }
    }

    private void Wake() => _wakeup.Writer.TryWrite(true);

    private async Task WaitAsync(CancellationToken ct)
    {
        using var round = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(_wakeup.Reader.ReadAsync(round.Token).AsTask(), Task.Delay(PollInterval, clock, round.Token));
        await round.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    private async Task<List<Due>> FindDueAsync(CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<DbContext>();
            var now = clock.GetUtcNow();
            return await (from client in db.Set<Client>()
                          join logo in db.Set<ClientLogo>() on client.Id equals logo.ClientKey into logos
                          from logo in logos.DefaultIfEmpty()
                          where client.LogoUri == null ? logo != null : client.Enabled && (logo == null || logo.Uri != client.LogoUri || logo.NextAttemptAt <= now)
                          orderby client.Id
                          select new Due(client.Id, client.ClientId, client.LogoUri, logo == null ? null : new Known(logo.Uri, logo.Fingerprint, logo.Failures, logo.NextAttemptAt)))
                .Take(Batch).ToListAsync(ct);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            Log.QueueUnreadable(logger, exception); // the next look tries again
            return [];
        }
    }

    private async ValueTask AttemptAsync(Due due, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<DbContext>();
            if (due.Uri is not { } uri) await db.Set<ClientLogo>().Where(l => l.ClientKey == due.Key && l.Uri == due.Known!.Uri).ExecuteDeleteAsync(ct); // found because it is known
            else if (await TakeAsync(db, due, uri, ct))
                await RecordAsync(db, due, uri, FetchedLogo.From(await http.GetFileAsync(uri, FetchedLogo.Accept, options.Value.MaxBytes, ct), options.Value.MaxBytes), CancellationToken.None);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            Log.AttemptFailed(logger, due.ClientId, exception); // it is due again at the time that taking it has set
        }
    }

    /// <summary>Whether this node makes the attempt. An image of another address is dropped with it.</summary>
    private async Task<bool> TakeAsync(DbContext db, Due due, string uri, CancellationToken ct)
    {
        var next = clock.GetUtcNow() + LogoSchedule.DelayAfter(due.FailuresOf(uri) + 1);
        if (due.Known is not { } known)
        {
            var stored = db.InStoredForm<ClientLogo>(nameof(ClientLogo.NextAttemptAt), next);
            // Written out, because a row that is there already is an answer here and no failure; nor is a client that has changed in the meantime.
            return await db.Database.ExecuteSqlAsync($"""
                INSERT INTO "ClientLogos" ("ClientKey", "Uri", "Failures", "NextAttemptAt") SELECT "Id", "LogoUri", 0, {stored} FROM "Clients"
                WHERE "Id" = {due.Key} AND "LogoUri" = {uri} ON CONFLICT ("ClientKey") DO NOTHING
                """, ct) == 1;
        }

        var row = db.Set<ClientLogo>().Where(l => l.ClientKey == due.Key && l.Uri == known.Uri && l.NextAttemptAt == known.NextAttemptAt);
        return (known.Uri == uri
            ? await row.ExecuteUpdateAsync(l => l.SetProperty(x => x.NextAttemptAt, next), ct)
            : await row.ExecuteUpdateAsync(l => l.SetProperty(x => x.Uri, uri).SetProperty(x => x.NextAttemptAt, next).SetProperty(x => x.Failures, 0).SetProperty(x => x.LastError, (string?)null)
                .SetProperty(x => x.Content, (byte[]?)null).SetProperty(x => x.ContentType, (string?)null).SetProperty(x => x.Fingerprint, (string?)null).SetProperty(x => x.FetchedAt, (DateTimeOffset?)null), ct)) == 1;
    }

    /// <summary>A failure leaves the last good image where it is.</summary>
    private async Task RecordAsync(DbContext db, Due due, string uri, FetchedLogo fetched, CancellationToken ct)
    {
        var row = db.Set<ClientLogo>().Where(l => l.ClientKey == due.Key && l.Uri == uri); // what is brought back for a former address is no news
        var now = clock.GetUtcNow();
        if (fetched.Problem is { } problem)
        {
            var failures = due.FailuresOf(uri) + 1;
            await row.ExecuteUpdateAsync(l => l.SetProperty(x => x.Failures, failures).SetProperty(x => x.LastError, problem), ct);
            Log.NotFetched(logger, due.ClientId, failures, problem);
            return;
        }

        var (fingerprint, next) = (fetched.Fingerprint, now + options.Value.RefreshInterval);
        var news = fingerprint != due.Known?.Fingerprint;
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await row.ExecuteUpdateAsync(l => l.SetProperty(x => x.Content, fetched.Content).SetProperty(x => x.ContentType, fetched.ContentType).SetProperty(x => x.Fingerprint, fingerprint)
            .SetProperty(x => x.FetchedAt, now).SetProperty(x => x.Failures, 0).SetProperty(x => x.LastError, (string?)null).SetProperty(x => x.NextAttemptAt, next), ct);
        if (news) announcer.Note(db, ChangedParts.Catalog);
        await transaction.CommitAsync(ct);
        if (news) Log.Fetched(logger, due.ClientId);
    }

    private sealed record Known(string Uri, string? Fingerprint, int Failures, DateTimeOffset NextAttemptAt);

    /// <param name="Uri">Null when the client has no logo any more.</param>
    /// <param name="Known">What the table says; null before the first attempt.</param>
    private sealed record Due(Guid Key, string ClientId, string? Uri, Known? Known)
    {
        public int FailuresOf(string uri) => Known?.Uri == uri ? Known.Failures : 0;
    }
}
