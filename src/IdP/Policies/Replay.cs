using IdP.SignIn;

namespace IdP.Policies;

/// <summary>What the changed policies would have made of the decisions that are kept.</summary>
public sealed record Replay
{
    /// <summary>How far back it looked.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How many decisions were asked again.</summary>
    public int LookedAt { get; init; }

    /// <summary>Whether there were older ones that were left out.</summary>
    public bool IsCut { get; init; }

    /// <summary>Of those looked at: passages of sessions to apps, of which one a day is kept.</summary>
    public int Passages { get; init; }

    /// <summary>How many could not be asked again, because the personal data of the person were erased.</summary>
    public int Erased { get; init; }

    /// <summary>How many of them hang on memberships that were not kept with them, so that today's were taken.</summary>
    public int ByTodaysMemberships { get; init; }

    /// <summary>How many end as they do now.</summary>
    public int Same { get; init; }

    /// <summary>How many people the others are about.</summary>
    public int People { get; init; }

    /// <summary>How many end otherwise, by how.</summary>
    public IReadOnlyList<ReplayCount> Changed { get; init; } = [];

    /// <summary>The newest of those that end otherwise, newest first; not all of them when there are many.</summary>
    public IReadOnlyList<ReplayedDecision> Listed { get; init; } = [];
}

/// <param name="Before">By the policies of today.</param>
/// <param name="After">With the change.</param>
public sealed record ReplayCount(ReplayEnd Before, ReplayEnd After, int Count);

/// <summary>How a decision ends.</summary>
/// <param name="InGrace">Whether the person lacks a factor that may still be added later.</param>
public readonly record struct ReplayEnd(PolicyAnswer Answer, bool InGrace = false)
{
    internal static ReplayEnd Of(PolicyVerdict verdict) => new(verdict.PostponableUntil is null ? verdict.Answer : PolicyAnswer.Allow, verdict.Graces.Count > 0);
}

/// <param name="PersonName">Null when the account is gone.</param>
/// <param name="Happened">What happened then.</param>
public sealed record ReplayedDecision(DateTimeOffset At, Guid UserId, string? PersonName, string? ClientId, string? TraceId, SignInOutcome Happened, ReplayEnd Before, ReplayEnd After);
