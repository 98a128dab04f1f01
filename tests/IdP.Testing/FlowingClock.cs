using Microsoft.Extensions.Time.Testing;

namespace IdP.Testing;

/// <summary>
/// The clock of a server under test: goes on like the real one, so that timers of the server fire and tokens satisfy outside programs,
/// and jumps ahead when a test says so.
/// </summary>
public sealed class FlowingClock : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly Timer pump;
    private readonly Lock gate = new();
    private long last = TimeProvider.System.GetTimestamp();

    public FlowingClock() => pump = new Timer(_ => Flow(), null, Step, Step);

    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    public void Advance(TimeSpan by)
    {
        Flow();
        Time.Advance(by);
    }

    public void Dispose() => pump.Dispose();

    private void Flow()
    {
        lock (gate)
        {
            var now = TimeProvider.System.GetTimestamp();
            Time.Advance(TimeProvider.System.GetElapsedTime(last, now));
            last = now;
        }
    }
}
