using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using IdP.Data;
using IdP.Sessions;
using IdP.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IdP.Policies;

/// <summary>
/// Keeps that a session went on to an app without being asked for anything, once per session, app and day: without it a replay would be blind for policies about apps, ages and
/// networks. Written a moment later and many at once, so that a request on its way to an app pays nothing for it.
/// </summary>
public sealed class Passages(IServiceScopeFactory scopes, TimeProvider clock, ILogger<Passages> logger) : BackgroundService
{
    private const int MaxWaiting = 10_000, MaxKnown = 100_000, BatchSize = 500, MaxTries = 60;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Channel<Passage> _waiting = Channel.CreateBounded<Passage>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly ConcurrentDictionary<Guid, bool> _known = new();
    private readonly TaskCompletionSource _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateOnly _day;

    /// <param name="judged">Allowed.</param>
    public void Note(SignedInPerson person, string clientId, PolicyJudgement judged, HttpContext http)
    {
        var id = IdOf(person.SessionId, clientId, judged.Inputs.At);
        if (_known.Count >= MaxKnown) _known.Clear(); // the key in the database tells the rest
        if (!_known.TryAdd(id, true)) return;
        var decision = SignInDecisions.New(http, judged.Inputs.At, clientId, person.UserId, person.AuthenticationMethods, person.IdentityProvider, PolicyGate.PolicyVersion);
        (decision.Id, decision.SessionId, decision.Outcome) = (id, person.SessionId, SignInOutcome.Passed);
        _waiting.Writer.TryWrite(new(decision, judged, KnownBrowserCookie.Hashes(http)));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete(); // what was seen is still written
        _closing.TrySetResult();
        if (ExecuteTask is not null) await ExecuteTask.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Passage> batch = [];
        var failures = 0;
        while (batch.Count > 0 || await _waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            try
            {
                while (batch.Count < BatchSize && _waiting.Reader.TryRead(out var passage)) batch.Add(passage);
                await WriteAsync(batch, stoppingToken);
                batch.Clear();
                failures = 0;
                await ForgetAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // A database that is away for a moment costs nothing; one that stays away must not keep a server from stopping.
                if (batch.Count == 0) Log.PassagesNotForgotten(logger, exception);
                else if (++failures < MaxTries && !_closing.Task.IsCompleted) Log.PassagesWait(logger, exception, batch.Count);
                else
                {
                    Log.PassagesLost(logger, exception, batch.Count);
                    foreach (var passage in batch) _known.TryRemove(passage.Decision.Id, out _); // kept when the session goes there again
                    batch.Clear();
                    failures = 0;
                }
            }
            if (_waiting.Reader.Count < BatchSize) await Task.WhenAny(_closing.Task, Task.Delay(Interval, clock, stoppingToken));
        }
    }

    private async Task WriteAsync(List<Passage> batch, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
        // Other nodes keep passages of the same session.
        var ids = batch.ConvertAll(passage => passage.Decision.Id);
        var kept = await db.SignInDecisions.Where(d => ids.Contains(d.Id)).Select(d => d.Id).ToHashSetAsync(ct);
        // And one can be in the batch twice, when those that are known were forgotten in between.
        batch.RemoveAll(passage => !kept.Add(passage.Decision.Id));
        if (batch.Count == 0) return;

        var people = batch.Select(passage => passage.Judged.Inputs.UserId).ToHashSet();
        var facts = await PeopleFacts.ReadAsync(db, people, ct);
        var hashes = batch.SelectMany(passage => passage.DeviceHashes).ToHashSet();
        var devices = (await db.KnownDevices.AsNoTracking().Where(d => people.Contains(d.UserId) && hashes.Contains(d.HandleHash)).ToListAsync(ct)).ToLookup(d => (d.UserId, d.HandleHash));
        foreach (var (decision, judged, deviceHashes) in batch)
        {
            // What no policy had asked for is added, so that another policy can be asked about it.
            var device = deviceHashes.SelectMany(hash => devices[(judged.Inputs.UserId, hash)]).FirstOrDefault();
            decision.KnownDevice = device is not null;
            decision.Judged(judged.Inputs.Organizations is not null ? judged : judged with
            {
                Inputs = facts.Complete(judged.Inputs) with { KnownDevice = device is not null, RememberedUntil = device?.RememberedUntil, FactorShownAt = device?.FactorShownAt },
            });
            db.SignInDecisions.Add(decision);
        }
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException exception) when (exception.IsDuplicate())
        {
            // Another node was faster by the blink of an eye; whatever of these was not its own is kept when the session goes there again.
            foreach (var passage in batch) _known.TryRemove(passage.Decision.Id, out _);
        }
    }

    /// <summary>Passages serve replays and nothing else, so those too old for one go, once a day.</summary>
    private async Task ForgetAsync(CancellationToken ct)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        if (_day == today) return;
        _known.Clear();
        var oldest = today.AddDays(-PolicyReplay.Days - 1);
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
        int deleted;
        do
        {
            var ids = await db.SignInDecisions.Where(d => d.Day < oldest && d.Outcome == SignInOutcome.Passed).Select(d => d.Id).Take(BatchSize).ToListAsync(ct);
            deleted = ids.Count == 0 ? 0 : await db.SignInDecisions.Where(d => ids.Contains(d.Id)).ExecuteDeleteAsync(ct);
        }
        while (deleted == BatchSize);
        _day = today;
    }

    private static Guid IdOf(Guid sessionId, string clientId, DateTimeOffset at) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{sessionId:N} {at.UtcDateTime:yyyyMMdd} {clientId}"))).AsSpan(0, 16));

    private sealed record Passage(SignInDecision Decision, PolicyJudgement Judged, IReadOnlyList<string> DeviceHashes);
}
