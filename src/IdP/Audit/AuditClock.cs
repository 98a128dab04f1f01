namespace IdP.Audit;

/// <summary>
/// The instant of an audit entry. A machine's clock is now and then set back by a moment; what happened later on this node is still never written as earlier.
/// A clock that was wrong by more than <see cref="Patience"/> and is put right is followed.
/// </summary>
public sealed class AuditClock(TimeProvider clock)
{
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Step = TimeSpan.FromMicroseconds(1); // what both databases keep
    private readonly Lock gate = new();
    private DateTimeOffset last;

    public DateTimeOffset Next()
    {
        var now = clock.GetUtcNow();
        lock (gate) return last = now > last || last - now > Patience ? now : last + Step;
    }
}
