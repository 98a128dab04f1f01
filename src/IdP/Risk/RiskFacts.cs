using System.Text.Json;
using System.Text.Json.Serialization;

namespace IdP.Risk;

/// <summary>The signals of one sign-in and what they were seen by. Kept with the decision, so that it can be explained and decided again.</summary>
public sealed record RiskFacts
{
    private static readonly JsonSerializerOptions Stored = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary>What is looked at when a session goes on: it was judged when it began.</summary>
    public static RiskFacts None { get; } = new();

    /// <summary>Those that were there, in the order of <see cref="RiskSignal"/>.</summary>
    public IReadOnlyList<RiskSignal> Signals { get; init; } = [];

    /// <summary>The network the person came from, see <see cref="NetworkNames"/>.</summary>
    public string? Network { get; init; }

    /// <summary>Failed tries from other browsers; no more are counted than are needed for the signal.</summary>
    public int Failures { get; init; }

    /// <summary>From where the person last signed in; null when one of the places is not known.</summary>
    public Travel? Travel { get; init; }

    /// <summary>These and others: what was seen once of a sign-in does not go away while it lasts.</summary>
    public RiskFacts And(RiskFacts earlier) => this with { Signals = [.. Signals.Union(earlier.Signals).Order()], Failures = Math.Max(Failures, earlier.Failures), Travel = Travel ?? earlier.Travel };

    public string ToJson() => JsonSerializer.Serialize(this, Stored);

    /// <summary>Null for what was not looked at.</summary>
    public static RiskFacts? FromJson(string? json) => json is null ? null : JsonSerializer.Deserialize<RiskFacts>(json, Stored);
}

/// <summary>The way from the last sign-in to this one.</summary>
/// <param name="Kilometres">As far as it is certain: without what the file says about how exact the places are.</param>
/// <param name="Hours">Between the two.</param>
public sealed record Travel(double Kilometres, double Hours);
