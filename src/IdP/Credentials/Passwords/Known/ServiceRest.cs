namespace IdP.Credentials.Passwords.Known;

/// <summary>
/// When a failing service is left alone: after three failures in a row for half a minute, then one request tries it, and each time that fails too the pause doubles, up to
/// ten minutes. A service that asks for time itself gets it at once.
/// </summary>
internal sealed class ServiceRest(TimeProvider clock)
{
    private const int Tolerated = 3;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(30), Longest = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private DateTimeOffset _until = DateTimeOffset.MinValue;
    private TimeSpan _next = First;
    private int _failures;
    private bool _tries;

    public bool IsOn
    {
        get
        {
            lock (_gate) return _until > DateTimeOffset.MinValue;
        }
    }

    /// <summary>True for everybody in good times, and for the one who tries after a pause.</summary>
    public bool MayTry()
    {
        lock (_gate)
        {
            if (_until == DateTimeOffset.MinValue) return true;
            var now = clock.GetUtcNow();
            if (now < _until) return false;
            (_tries, _until) = (true, now + First); // nobody else meanwhile, and somebody else when this one gives up
            return true;
        }
    }

    /// <returns>Whether there was a pause.</returns>
    public bool End()
    {
        lock (_gate)
        {
            var was = _until > DateTimeOffset.MinValue;
            (_until, _next, _failures, _tries) = (DateTimeOffset.MinValue, First, 0, false);
            return was;
        }
    }

    /// <param name="asked">What the service asked for, or null when it did not ask.</param>
    /// <returns>The pause, when this failure begins one.</returns>
    public TimeSpan? Fail(TimeSpan? asked)
    {
        lock (_gate)
        {
            var rests = _until > DateTimeOffset.MinValue;
            if (rests && !_tries) return null; // began before the pause
            _tries = false;
            if (asked is null && !rests && ++_failures < Tolerated) return null;
            var pause = asked > _next ? asked.Value : _next;
            if (pause > Longest) pause = Longest;
            (_until, _next) = (clock.GetUtcNow() + pause, _next * 2 > Longest ? Longest : _next * 2);
            return pause;
        }
    }
}
