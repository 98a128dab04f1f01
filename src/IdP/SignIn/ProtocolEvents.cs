using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Token;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IdP.SignIn;

/// <summary>
/// What happens at the protocol endpoints goes to the operator's log, a reuse also to the audit log: written a moment later, because the request that
/// is refused has no change of its own to carry the entry. Client ids come from outside and are shortened.
/// </summary>
internal sealed class ProtocolEvents(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ProtocolEvents> logger) : BackgroundService, IProtocolEvents
{
    private const int MaxWaiting = 10_000;
    private readonly Channel<Reuse> _reuses = Channel.CreateBounded<Reuse>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void TokensIssued(string clientId, string? subject, string grantType) => Log.TokensIssued(logger, clientId, subject, grantType);

    public void RequestRefused(string endpoint, string? clientId, string error) => Log.RequestRefused(logger, endpoint, Short(clientId), error);

    public void ReuseDetected(string? clientId, string? subject, Guid grantId)
    {
        Log.ReuseDetected(logger, Short(clientId), subject, grantId);
        _reuses.Writer.TryWrite(new Reuse(clock.GetUtcNow(), Short(clientId), subject, grantId, Activity.Current?.TraceId.ToString()));
    }

    public void TokenRevoked(string clientId, string? subject) => Log.TokenRevoked(logger, clientId, subject);

    public void TokenExchanged(string clientId, string subject, string? actor) => Log.TokenExchanged(logger, clientId, subject, actor);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _reuses.Writer.TryComplete(); // what was seen is still written
        if (ExecuteTask is not null) await ExecuteTask.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var reuse in _reuses.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await WriteAsync(reuse, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.AuditFailed(logger, exception, reuse.GrantId);
            }
        }
    }

    private async Task WriteAsync(Reuse reuse, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
        db.AuditEntries.Add(new AuditEntry
        {
            At = reuse.At,
            Action = "grant.reuse_detected",
            Source = ActorSources.System,
            TargetType = "grant",
            TargetId = reuse.GrantId.ToString(),
            Details = JsonSerializer.Serialize(new { reuse.ClientId, reuse.Subject }, JsonSerializerOptions.Web),
            TraceId = reuse.TraceId,
        });
        await db.SaveChangesAsync(ct);
    }

    private static string? Short(string? text) => text is { Length: > 100 } ? text[..100] : text;

    private sealed record Reuse(DateTimeOffset At, string? ClientId, string? Subject, Guid GrantId, string? TraceId);
}
