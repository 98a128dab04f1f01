using Microsoft.Extensions.Logging;

namespace IdP.SignIn;

public enum SignInRefusal
{
    /// <summary>Too many verifications are waiting.</summary>
    NoPlace,

    /// <summary>The network has had too many wrong passwords.</summary>
    TooManyFailures,

    /// <summary>The organization, or the network for its share of them, has had too many, and the browser is not known.</summary>
    OrganizationFailures,
}

/// <summary>Tells the operator of sign-ins that were refused unchecked: one line with their number every ten seconds, because a line for each would be a second storm.</summary>
public sealed class SignInRefusals(TimeProvider clock, ILogger<SignInRefusals> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly int[] _counts = new int[Enum.GetValues<SignInRefusal>().Length];
    private DateTimeOffset _nextAt = DateTimeOffset.MinValue;

    /// <summary>The first one is told at once, the following with the next line.</summary>
    public void Note(SignInRefusal reason)
    {
        int places, failures, organizations;
        lock (_gate)
        {
            _counts[(int)reason]++;
            var now = clock.GetUtcNow();
            if (now < _nextAt) return;
            _nextAt = now + Interval;
            (places, failures, organizations) = (_counts[(int)SignInRefusal.NoPlace], _counts[(int)SignInRefusal.TooManyFailures], _counts[(int)SignInRefusal.OrganizationFailures]);
            Array.Clear(_counts);
        }
        Log.SignInsRefused(logger, places, failures, organizations);
    }
}
