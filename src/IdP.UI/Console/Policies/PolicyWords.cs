using System.Globalization;
using IdP.Policies;
using IdP.Risk;

namespace IdP.UI.Console.Policies;

/// <summary>Policies in words for administrators.</summary>
internal static class PolicyWords
{
    private const int MaxNamed = 3;

    /// <summary>Whom it concerns.</summary>
    public static string Whom(SignInPolicy policy)
    {
        string[] parts = [.. Part(policy.Organizations, "of"), .. Part(policy.Groups, "in"), .. Part(policy.Clients, "on the way to")];
        return parts.Length == 0 ? "Everybody, everywhere" : "People " + string.Join(", ", parts);
    }

    /// <summary>What it asks for.</summary>
    public static string What(SignInPolicy policy)
    {
        List<string> parts = [];
        if (policy.Factors is not FactorDemand.Any) parts.Add(Factors(policy.Factors));
        if (policy.EnrolmentGraceDays > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{policy.EnrolmentGraceDays} days to add what is missing"));
        if (policy.MaxAge is { } maxAge) parts.Add($"proof not older than {Seconds(maxAge)}");
        if (policy.Networks.Count > 0) parts.Add(policy.Outside is OutsideNetworks.Block ? "only from its networks" : "two factors from other networks");
        if (policy.RememberDays is { } days) parts.Add(days == 0 ? "no browser is remembered" : string.Create(CultureInfo.InvariantCulture, $"browsers remembered {days} days at most"));
        foreach (var risk in SignInPolicySettings.From(policy).Risk.GroupBy(risk => risk.Value, risk => risk.Key).OrderBy(risk => risk.Key))
            parts.Add($"{(risk.Key is RiskAnswer.Ask ? "a factor shown now" : "nobody in")} on {string.Join(" or ", risk.Order().Select(Signal))}");
        return parts.Count == 0 ? "Nothing" : char.ToUpperInvariant(parts[0][0]) + string.Join(", ", parts)[1..];
    }

    public static string Factors(FactorDemand factors) => factors switch { FactorDemand.Mfa => "two factors", FactorDemand.PhishingResistant => "a passkey", _ => "what the person has" };

    /// <summary>In few words, see <see cref="RiskSignal"/>.</summary>
    public static string Signal(RiskSignal signal) => signal switch
    {
        RiskSignal.NewDevice => "a new browser",
        RiskSignal.NewNetwork => "a new network",
        RiskSignal.ImpossibleTravel => "impossible travel",
        RiskSignal.ManyFailures => "many failures before",
        RiskSignal.ListedAddress => "a listed address",
        _ => signal.ToString(),
    };

    /// <summary>What happens to a sign-in, or to a session on its way to an app.</summary>
    public static string Answer(ReplayEnd end) => end.Answer switch
    {
        PolicyAnswer.Allow when end.InGrace => "Let in, factor may be added later",
        PolicyAnswer.Allow => "Let in",
        PolicyAnswer.Ask => "Asked for a factor",
        PolicyAnswer.Repeat => "Asked to sign in anew",
        PolicyAnswer.Enrol => "Lacks a factor",
        _ => "Refused",
    };

    /// <summary>The colour of its badge.</summary>
    public static string Kind(ReplayEnd end) => end.Answer switch { PolicyAnswer.Allow when !end.InGrace => "ok", PolicyAnswer.Allow => "warn", PolicyAnswer.Ask or PolicyAnswer.Repeat => "warn", _ => "bad" };

    public static string LockedOut(LockOut lockOut)
    {
        var way = lockOut.ClientId is null ? "" : $" on the way to {lockOut.ClientId}";
        return lockOut switch
        {
            { Answer: PolicyAnswer.Block, IsForRisk: true } => "With this policy a sign-in of yourself from here, at this moment, would be refused as too unusual.",
            { Answer: PolicyAnswer.Block } => $"With this policy you would be refused yourself{way}: the address you are working from is outside of its networks.",
            { CanEnrolOnTheWay: true } => $"With this policy your next sign-in{way} would ask you for a factor that you do not have. You would have to add it on the way, or you would not come in.",
            _ => $"With this policy you would be refused yourself{way}: it asks for a factor that you do not have, and your password alone could not add it. Add it in your account first.",
        };
    }

    private static IEnumerable<string> Part(List<string> names, string how) =>
        names.Count == 0 ? [] : [$"{how} {string.Join(" or ", names.Take(MaxNamed))}{(names.Count > MaxNamed ? string.Create(CultureInfo.InvariantCulture, $" or {names.Count - MaxNamed} more") : "")}"];

    private static string Seconds(int seconds) => seconds switch
    {
        _ when seconds % 86_400 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400} days"),
        _ when seconds % 3600 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600} hours"),
        _ when seconds % 60 == 0 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds} seconds"),
    };
}
