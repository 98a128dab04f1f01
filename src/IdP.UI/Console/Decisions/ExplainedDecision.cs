using System.Globalization;
using System.Text.Json;
using IdP.Policies;
using IdP.Risk;
using IdP.SignIn;

namespace IdP.UI.Console.Decisions;

/// <summary>A decision in words.</summary>
/// <param name="PersonName">Null for nobody, or when the account is gone.</param>
/// <param name="Outcome">What happened, in one sentence.</param>
/// <param name="Known">What it was decided on.</param>
/// <param name="Asked">What policies asked for.</param>
public sealed record ExplainedDecision(SignInDecision Decision, string? PersonName, string Outcome, IReadOnlyList<(string Name, string Value)> Known, IReadOnlyList<ExplainedReason> Asked)
{
    /// <summary>Whether the policies were asked, in a version that keeps it.</summary>
    public bool IsJudged => Decision.Inputs is not null;

    public static ExplainedDecision Of(SignInDecision decision, string? personName)
    {
        var reasons = decision.Reasons is null ? [] : JsonSerializer.Deserialize<List<PolicyReason>>(decision.Reasons, JsonSerializerOptions.Web) ?? [];
        return new(decision, personName, Sentence(decision, reasons), [.. Facts(decision, PolicyInputs.FromJson(decision.Inputs))], [.. reasons.Select(reason => new ExplainedReason(reason.Policy, Words(reason), reason.Met))]);
    }

    private static string Sentence(SignInDecision decision, List<PolicyReason> reasons) => decision.Outcome switch
    {
        SignInOutcome.Success when decision.IsErased => "The person was let in. What policies asked for was erased with the personal data.",
        SignInOutcome.Success when reasons.Count == 0 => "The person was let in. No policy asked for more than is built in.",
        SignInOutcome.Success when reasons.Exists(IsGrace) => "The person was let in without a factor that may still be added later.",
        SignInOutcome.Success => "The person was let in: everything that was asked for was there.",
        SignInOutcome.Passed => "No sign-in: the session went on to the app, and nothing more was asked for. This is kept once a day.",
        SignInOutcome.FactorNeeded => "A further factor was asked for.",
        SignInOutcome.RecoveryNeeded => "The person was let in by a temporary pass or an approval, or showed a second factor after it, and had to set a new passkey or password before anything opened.",
        SignInOutcome.ProofTooOld => "The last proof of who it is was too old, so the person was asked to sign in again.",
        SignInOutcome.EnrolmentNeeded when reasons.Exists(IsGrace) => "A factor was asked for that the account does not have. The person could add it or go on.",
        SignInOutcome.EnrolmentNeeded => "The person was refused: a factor was asked for, and the account had none that is enough.",
        SignInOutcome.Blocked => "The person was refused: a policy lets nobody in from that network.",
        SignInOutcome.BlockedByRisk => "What was shown was right, but the sign-in was unusual, so the person was refused and, where there is a confirmed address, told by mail.",
        SignInOutcome.NotAssigned => "The app is for assigned people only, and neither the person nor one of their groups is assigned, so the person was refused.",
        SignInOutcome.MoreNeeded => "The password was right, but the app cannot ask for what else was needed.",
        SignInOutcome.CopiedPasskey => "The passkey's counter was not higher than at its last use, so there may be a copy of it. Remove it, and have the person add a new one.",
        SignInOutcome.WrongPassword or SignInOutcome.UnknownUser or SignInOutcome.WrongFactor or SignInOutcome.UsedFactor or SignInOutcome.UpstreamRefused => "What was shown was not right, so the policies were not asked.",
        SignInOutcome.Disabled => "The account was disabled.",
        SignInOutcome.LockedOut => "Too many attempts had failed before; this one was refused whatever it was.",
        _ => SignInOutcomes.Describe(decision) + ".",
    };

    private static IEnumerable<(string, string)> Facts(SignInDecision decision, PolicyInputs? inputs)
    {
        yield return ("Shown", decision.Factors.Count == 0 ? "nothing" : string.Join(", ", decision.Factors));
        yield return ("Signed in by", decision.IdentityProvider);
        yield return ("Address", decision.RemoteAddress ?? (decision.IsErased ? "erased" : "not known"));
        yield return ("Browser", (decision.KnownDevice ? "one the person used before: " : "new to this person: ") + (decision.UserAgent ?? (decision.IsErased ? "erased" : "it did not say what it is")));
        if (inputs is null) yield break;
        yield return ("Factors of the account", (inputs.HasPasskey, inputs.HasApp) switch { (true, true) => "passkey, authenticator app", (true, false) => "passkey", (false, true) => "authenticator app", _ => "none that was looked for" });
        if (inputs.RememberedUntil is { } until) yield return ("Browser remembered until", Time(until));
        if (inputs.FactorShownAt is { } shown) yield return ("Factor last shown in it", Time(shown));
        yield return ("Session", inputs.Age is { } age ? $"authenticated {Duration(age)} before" : "none yet: it was to begin");
        if (inputs.Risk is { } risk)
        {
            yield return ("Signals of risk", risk.Signals.Count == 0 ? "none" : string.Join("; ", risk.Signals.Select(signal => Words(signal))));
            if (risk.Network is { } network) yield return ("Network", network);
            if (risk.Travel is { } travel) yield return ("From the last sign-in", string.Create(CultureInfo.InvariantCulture, $"at least {travel.Kilometres:N0} km in {Duration(travel.Hours * 3600)}"));
            if (risk.Failures > 0) yield return ("Failed tries from other browsers", risk.Failures.ToString(CultureInfo.InvariantCulture) + " or more, just before");
        }
        yield return ("Organizations", List(inputs.Organizations));
        yield return ("Groups", List(inputs.Groups));
        if (inputs.FailedCount > 0) yield return ("Wrong attempts before", inputs.FailedCount.ToString(CultureInfo.InvariantCulture));
    }

    private static bool IsGrace(PolicyReason reason) => reason.Asks == PolicyAsks.Grace;

    private static string Words(PolicyReason reason) => (reason.Asks, reason.Value) switch
    {
        (PolicyAsks.Factors, "mfa") => "asked for two factors",
        (PolicyAsks.Factors, "phishingResistant") => "asked for a passkey",
        (PolicyAsks.Factors, _) => "whoever has a second factor shows it",
        (PolicyAsks.MaxAge, var seconds) => $"asked for a proof not older than {Duration(double.Parse(seconds, CultureInfo.InvariantCulture))}",
        (PolicyAsks.Network, "block") => "lets nobody in from outside of its networks",
        (PolicyAsks.Network, _) => "asked for two factors from outside of its networks",
        (PolicyAsks.Grace, var until) => $"lets the person add the factor later, until {Time(DateTimeOffset.Parse(until, CultureInfo.InvariantCulture))}",
        (PolicyAsks.RememberDays, "0") => "remembers no browser",
        (PolicyAsks.RememberDays, var days) => $"remembers a browser for at most {days} days",
        var (asks, answer) when asks.StartsWith(PolicyAsks.Risk, StringComparison.Ordinal) && Enum.TryParse<RiskSignal>(asks[PolicyAsks.Risk.Length..], ignoreCase: true, out var signal) =>
            (answer == "block" ? "lets nobody in on the signal: " : "asked for a second factor shown now, on the signal: ") + Words(signal),
        var (asks, value) => $"asked for {asks} {value}",
    };

    private static string Words(RiskSignal signal) => signal switch
    {
        RiskSignal.NewDevice => "a browser the person was never known in",
        RiskSignal.NewNetwork => "a network the person has not signed in from in the last 90 days",
        RiskSignal.ImpossibleTravel => "too far from the last sign-in for the time between",
        RiskSignal.ManyFailures => "many failed tries from other browsers just before",
        RiskSignal.ListedAddress => "an address on the operator's list",
        _ => signal.ToString(),
    };

    private static string List(IReadOnlyList<string>? names) => names switch { null => "not looked up: no policy depends on them", [] => "none", _ => string.Join(", ", names) };

    private static string Duration(double seconds) => seconds switch
    {
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} seconds"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} minutes"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} hours"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400:0.#} days"),
    };

    private static string Time(DateTimeOffset at) => at.ToString("d MMM yyyy HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

/// <param name="Policy">Empty for what is built in.</param>
public sealed record ExplainedReason(string Policy, string Words, bool Met);
