using System.Globalization;
using IdP.Protocol.Authorize;
using IdP.Risk;

namespace IdP.Policies;

/// <summary>
/// Decides about a sign-in from what is known and from nothing else, so that the same inputs and policies always give the same verdict. The strictest of all policies that apply
/// wins, field by field; their order means nothing, and none can take away what another, or the built-in rule that whoever has a second factor shows it, asks for.
/// </summary>
public static class PolicyEvaluation
{
    /// <summary>For how long a browser is remembered unless a policy says less.</summary>
    public const int MaxRememberDays = 30;

    public static PolicyVerdict Decide(PolicyInputs inputs, IEnumerable<PolicyRule> rules)
    {
        PolicyRule[] applying = [.. rules.Where(rule => rule.AppliesTo(inputs)).OrderBy(rule => rule.Name, StringComparer.Ordinal)];
        var outside = applying.Where(rule => rule.IsOutside(inputs.Address)).ToHashSet();

        var demand = FactorDemand.Any;
        var rememberDays = MaxRememberDays;
        foreach (var rule in applying)
        {
            if (rule.Factors > demand) demand = rule.Factors;
            if (rule.RememberDays < rememberDays) rememberDays = rule.RememberDays.Value; // a comparison with null is false
            if (!(rule.Outside is OutsideNetworks.Ask && outside.Contains(rule)) && !Found(rule, inputs, RiskAnswer.Ask)) continue;
            if (demand < FactorDemand.Mfa) demand = FactorDemand.Mfa;
            rememberDays = 0;
        }

        var met = LevelOf(inputs.Methods);
        if (met < FactorDemand.Mfa && IsRemembered(inputs, rememberDays)) met = FactorDemand.Mfa;
        // Of a session that has begun the built-in rule was asked already.
        var owesOwn = inputs.Age is null && (inputs.HasPasskey || inputs.HasApp) && met < FactorDemand.Mfa;
        // Whoever has only a password must not add the factor that was asked for because it may be a thief who has it.
        var forRisk = applying.Any(rule => Found(rule, inputs, RiskAnswer.Block)) || (LevelOf(inputs.Methods) < FactorDemand.Mfa && !CanReach(inputs, FactorDemand.Mfa) && applying.Any(rule => Found(rule, inputs, RiskAnswer.Ask)));
        var fromOutside = outside.Any(rule => rule.Outside is OutsideNetworks.Block);
        var tooOld = applying.Any(rule => IsTooOld(rule, inputs));
        var answer =
            fromOutside || forRisk ? PolicyAnswer.Block :
            met < demand && !CanReach(inputs, demand) ? PolicyAnswer.Enrol :
            tooOld ? PolicyAnswer.Repeat :
            met < demand || owesOwn ? PolicyAnswer.Ask :
            PolicyAnswer.Allow;
        return new(answer, demand, rememberDays, [.. applying.SelectMany(rule => Reasons(rule, inputs, outside.Contains(rule), met)), .. owesOwn ? [new PolicyReason("", PolicyAsks.Factors, "own", Met: false)] : (PolicyReason[])[]]) { IsForRisk = forRisk && !fromOutside };
    }

    /// <summary>Whether a second factor that was shown in this browser before stands in for one that is not shown now.</summary>
    public static bool IsRemembered(PolicyInputs inputs, int rememberDays) =>
        inputs.RememberedUntil > inputs.At && (rememberDays >= MaxRememberDays || (inputs.FactorShownAt is { } shown && (inputs.At - shown).TotalDays < rememberDays));

    private static IEnumerable<PolicyReason> Reasons(PolicyRule rule, PolicyInputs inputs, bool isOutside, FactorDemand met)
    {
        if (rule.Factors is not FactorDemand.Any) yield return new(rule.Name, PolicyAsks.Factors, Name(rule.Factors.ToString()), met >= rule.Factors);
        if (rule.MaxAge is { } maxAge) yield return new(rule.Name, PolicyAsks.MaxAge, maxAge.ToString(CultureInfo.InvariantCulture), !IsTooOld(rule, inputs));
        if (rule.Networks.Count > 0) yield return new(rule.Name, PolicyAsks.Network, Name(rule.Outside.ToString()), !isOutside || (rule.Outside is OutsideNetworks.Ask && met >= FactorDemand.Mfa));
        foreach (var (signal, answer) in rule.Risk.Where(risk => inputs.Shows(risk.Key)).OrderBy(risk => risk.Key))
            yield return new(rule.Name, PolicyAsks.Risk + Name(signal.ToString()), Name(answer.ToString()), answer is RiskAnswer.Ask && LevelOf(inputs.Methods) >= FactorDemand.Mfa);
        if (rule.RememberDays is { } days) yield return new(rule.Name, PolicyAsks.RememberDays, days.ToString(CultureInfo.InvariantCulture), inputs.RememberedUntil is null || IsRemembered(inputs, days) || LevelOf(inputs.Methods) >= FactorDemand.Mfa);
    }

    private static bool Found(PolicyRule rule, PolicyInputs inputs, RiskAnswer answer) => rule.Risk.Any(risk => risk.Value == answer && inputs.Shows(risk.Key));

    private static bool IsTooOld(PolicyRule rule, PolicyInputs inputs) => inputs.Age > rule.MaxAge; // a comparison with null is false

    private static FactorDemand LevelOf(IReadOnlyList<string> methods)
    {
        var classes = AuthenticationContexts.Of(methods);
        return classes.Contains(AuthenticationContexts.PhishingResistant) ? FactorDemand.PhishingResistant : classes.Contains(AuthenticationContexts.MultiFactor) ? FactorDemand.Mfa : FactorDemand.Any;
    }

    private static bool CanReach(PolicyInputs inputs, FactorDemand demand) => inputs.HasPasskey || (inputs.HasApp && demand <= FactorDemand.Mfa);

    private static string Name(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
