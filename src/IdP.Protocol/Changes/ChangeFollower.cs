using System.Threading.Channels;
using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Changes;

/// <summary>
/// Lets this node forget what others have changed. The first signal counts at once; those that follow it closely count together, so that a storm of changes makes this node read
/// again ten times a second and not at each of them.
/// </summary>
public sealed class ChangeFollower(ChangeFeed feed, Catalog catalog, KeyRotation keys, TimeProvider clock, ILogger<ChangeFollower> logger) : BackgroundService
{
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(100);

    private readonly Channel<bool> _wakeup = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _pending;

    /// <summary>From now on every change is heard; what was read before may have missed one.</summary>
    public void Listening()
    {
        catalog.Invalidate();
        feed.Become(ChangeFeedState.Listening);
        Heard(ChangedParts.Keys);
    }

    public void Lost() => feed.Become(ChangeFeedState.Lost);

    public void Heard(ChangedParts parts)
    {
        if (parts is ChangedParts.None) return;
        Interlocked.Or(ref _pending, (int)parts);
        _wakeup.Writer.TryWrite(true);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _wakeup.Reader.ReadAsync(stoppingToken);
            var parts = (ChangedParts)Interlocked.Exchange(ref _pending, 0);
            if (parts.HasFlag(ChangedParts.Catalog)) catalog.Invalidate();
            if (parts.HasFlag(ChangedParts.Keys)) await FollowKeysAsync(stoppingToken);
            await Task.Delay(Gap, clock, stoppingToken);
        }
    }

    private async Task FollowKeysAsync(CancellationToken ct)
    {
        try
        {
            await keys.FollowAsync(ct);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            Log.KeysNotFollowed(logger, exception); // the keys are looked after each minute anyway
        }
    }
}

internal static partial class Log
{
    [LoggerMessage(1301, LogLevel.Error, "Another node has changed the signing keys, and they could not be read")]
    public static partial void KeysNotFollowed(ILogger logger, Exception exception);
}
