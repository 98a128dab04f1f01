namespace IdP.Credentials.Passwords.Known;

/// <summary>The last answers of the service, for people who sign in again soon: the oldest gives way. A few megabytes at most.</summary>
internal sealed class RangeCache(TimeProvider clock)
{
    private const int MaxRanges = 500;
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (PasswordRange Range, DateTimeOffset Until)> _ranges = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public PasswordRange? Find(string prefix)
    {
        lock (_gate) return _ranges.TryGetValue(prefix, out var found) && found.Until > clock.GetUtcNow() ? found.Range : null;
    }

    public void Add(string prefix, PasswordRange range)
    {
        lock (_gate)
        {
            if (!_ranges.ContainsKey(prefix)) _order.Enqueue(prefix);
            _ranges[prefix] = (range, clock.GetUtcNow() + Lifetime);
            if (_order.Count > MaxRanges) _ranges.Remove(_order.Dequeue());
        }
    }
}
