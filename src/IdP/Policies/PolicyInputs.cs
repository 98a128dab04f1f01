using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using IdP.Risk;

namespace IdP.Policies;

/// <summary>Everything that a decision about a sign-in depends on, as it was known at that moment; kept with the decision, so that it can be explained and decided again.</summary>
public sealed record PolicyInputs
{
    private const int MaxNames = 60, MaxStored = 16_000;

    private static readonly JsonSerializerOptions Stored = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it is read by this class only
    };

    public DateTimeOffset At { get; init; }
    public Guid UserId { get; init; }

    /// <summary>Names of the person's organizations; null when no policy asked for them, or there were more than are kept.</summary>
    public IReadOnlyList<string>? Organizations { get; init; }

    /// <summary>Names of the person's groups; null when no policy asked for them, or there were more than are kept.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The app the person was on the way to.</summary>
    public string? ClientId { get; init; }

    /// <summary>What was shown, as RFC 8176 values.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    public bool HasPasskey { get; init; }
    public bool HasApp { get; init; }
    public string? Address { get; init; }

    /// <summary>Whether the browser was one this person used before.</summary>
    public bool KnownDevice { get; init; }

    public DateTimeOffset? RememberedUntil { get; init; }

    /// <summary>When a second factor was last shown in this browser.</summary>
    public DateTimeOffset? FactorShownAt { get; init; }

    public int FailedCount { get; init; }

    /// <summary>Seconds from the authentication of the session to the request; null when the session begins now.</summary>
    public double? Age { get; init; }

    /// <summary>How unusual it is; null when no policy asked for it.</summary>
    public RiskFacts? Risk { get; init; }

    /// <summary>Of decisions made while no policy asked for signals, only the browser is known.</summary>
    public bool Shows(RiskSignal signal) => Age is null && (Risk is null ? signal is RiskSignal.NewDevice && !KnownDevice : Risk.Signals.Contains(signal));

    /// <summary>When grace periods began for this person, by the key of the policy; null when none was in question.</summary>
    public IReadOnlyDictionary<Guid, DateTimeOffset>? Graces { get; init; }

    /// <summary>Whether the person chose to add the missing factor later, or nobody can be asked.</summary>
    public bool Postponed { get; init; }

    public string ToJson()
    {
        var kept = this with { Organizations = Bounded(Organizations), Groups = Bounded(Groups) };
        var json = JsonSerializer.Serialize(kept, Stored);
        return json.Length <= MaxStored ? json : JsonSerializer.Serialize(kept with { Organizations = null, Groups = null }, Stored);
    }

    /// <summary>Null for what an older version did not keep.</summary>
    public static PolicyInputs? FromJson(string? json) => json is null ? null : JsonSerializer.Deserialize<PolicyInputs>(json, Stored);

    private static IReadOnlyList<string>? Bounded(IReadOnlyList<string>? names) => names is { Count: > MaxNames } ? null : names;
}
