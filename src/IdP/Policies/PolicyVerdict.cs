using IdP.Protocol.Authorize;

namespace IdP.Policies;

/// <summary>What happens to a sign-in, the stricter the higher.</summary>
public enum PolicyAnswer
{
    Allow = 0,

    /// <summary>A further factor is asked for.</summary>
    Ask = 1,

    /// <summary>The person must show anew who they are: the last time is too long ago.</summary>
    Repeat = 2,

    /// <summary>A factor is needed that the person does not have.</summary>
    Enrol = 3,

    Block = 4,
}

/// <param name="Demand">What must be shown.</param>
/// <param name="RememberDays">For how long a browser may be remembered.</param>
/// <param name="Reasons">Which policy asked for what.</param>
public sealed record PolicyVerdict(PolicyAnswer Answer, FactorDemand Demand, int RememberDays, IReadOnlyList<PolicyReason> Reasons)
{
    /// <summary>Whether signals of risk, and nothing else, are why nobody is let in.</summary>
    public bool IsForRisk { get; init; }

    /// <summary>Policies that ask for a factor that the person lacks and may add later.</summary>
    public IReadOnlyList<PolicyGrace> Graces { get; init; } = [];

    /// <summary>When the answer is to enrol, and that may wait: until when. Null when it may not.</summary>
    public DateTimeOffset? PostponableUntil { get; init; }

    /// <summary>The classes of which a further factor must reach one; none where any will do.</summary>
    public IReadOnlyList<string> AcrValues => Demand switch
    {
        FactorDemand.PhishingResistant => [AuthenticationContexts.PhishingResistant],
        FactorDemand.Mfa => [AuthenticationContexts.MultiFactor],
        _ => [],
    };
}

/// <summary>One thing that was asked for.</summary>
/// <param name="Policy">Its name; empty for the rules that are built in.</param>
/// <param name="Asks">See <see cref="PolicyAsks"/>.</param>
/// <param name="Value">How much of it, as in configuration files.</param>
/// <param name="Met">Whether it was fulfilled.</param>
public sealed record PolicyReason(string Policy, string Asks, string Value, bool Met);

/// <param name="Until">When it ends for this person.</param>
public sealed record PolicyGrace(Guid PolicyId, string Policy, DateTimeOffset Until);

public static class PolicyAsks
{
    public const string Factors = "factors", MaxAge = "maxAge", Network = "network", RememberDays = "rememberDays", Grace = "enrolmentGrace";

    /// <summary>Before the name of a signal, as in configuration files.</summary>
    public const string Risk = "risk.";
}
