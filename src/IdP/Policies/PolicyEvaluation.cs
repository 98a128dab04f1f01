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

        bool AsksNow(PolicyRule rule) => (rule.Outside is OutsideNetworks.Ask && outside.Contains(rule)) || Found(rule, inputs, RiskAnswer.Ask);
        FactorDemand DemandOf(PolicyRule rule) => rule.Factors is FactorDemand.Any && AsksNow(rule) ? FactorDemand.Mfa : rule.Factors;

        var rememberDays = applying.Select(rule => AsksNow(rule) ? 0 : rule.RememberDays ?? MaxRememberDays).Append(MaxRememberDays).Min();
        var askedForRisk = applying.Any(rule => Found(rule, inputs, RiskAnswer.Ask));
        var met = askedForRisk ? LevelForRisk(inputs.Methods) : LevelOf(inputs.Methods);
        if (met < FactorDemand.Mfa && IsRemembered(inputs, rememberDays)) met = FactorDemand.Mfa;
        PolicyGrace[] graces = [.. applying.Where(rule => met < DemandOf(rule)).Select(rule => GraceOf(rule, inputs, DemandOf(rule))).OfType<PolicyGrace>()];
        var waiting = graces.Select(grace => grace.Policy).ToHashSet(StringComparer.Ordinal);
        // What the person has is shown all the same.
        var demand = applying.Select(rule => !waiting.Contains(rule.Name) ? DemandOf(rule) : inputs.HasApp ? FactorDemand.Mfa : FactorDemand.Any).Append(FactorDemand.Any).Max();
        // Of a session that has begun the built-in rule was asked already.
        var owesOwn = inputs.Age is null && (inputs.HasPasskey || inputs.HasApp) && met < FactorDemand.Mfa;
        // Whoever has only a password must not add the factor that was asked for because it may be a thief who has it.
        var forRisk = applying.Any(rule => Found(rule, inputs, RiskAnswer.Block)) || (askedForRisk && LevelForRisk(inputs.Methods) < FactorDemand.Mfa && !CanReach(inputs, FactorDemand.Mfa));
        var fromOutside = outside.Any(rule => rule.Outside is OutsideNetworks.Block);
        var tooOld = applying.Any(rule => IsTooOld(rule, inputs));
        var answer =
            fromOutside || forRisk ? PolicyAnswer.Block :
            met < demand && !CanReach(inputs, demand) ? PolicyAnswer.Enrol :
            tooOld ? PolicyAnswer.Repeat :
            met < demand || owesOwn ? PolicyAnswer.Ask :
            PolicyAnswer.Allow;
        // Before a session begins whoever has nothing is told, and adds it or goes on.
        var isOffered = answer is PolicyAnswer.Allow && graces.Length > 0 && inputs is { Age: null, Postponed: false, HasApp: false };
        if (isOffered) (answer, demand) = (PolicyAnswer.Enrol, applying.Where(rule => waiting.Contains(rule.Name)).Select(DemandOf).Append(demand).Max());
        return new(answer, demand, rememberDays, [.. graces.Select(grace => new PolicyReason(grace.Policy, PolicyAsks.Grace, grace.Until.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), Met: true)), .. applying.SelectMany(rule => Reasons(rule, inputs, outside.Contains(rule), met)), .. owesOwn ? [new PolicyReason("", PolicyAsks.Factors, "own", Met: false)] : (PolicyReason[])[]]) { IsForRisk = forRisk && !fromOutside, Graces = graces, PostponableUntil = isOffered ? graces.Min(grace => grace.Until) : null };
    }

    /// <summary>Whether a second factor that was shown in this browser before stands in for one that is not shown now.</summary>
    public static bool IsRemembered(PolicyInputs inputs, int rememberDays) =>
        inputs.RememberedUntil > inputs.At && (rememberDays >= MaxRememberDays || (inputs.FactorShownAt is { } shown && (inputs.At - shown).TotalDays < rememberDays));

    /// <summary>Whether a person with these factors has one that is enough.</summary>
    public static bool CanReach(bool hasPasskey, bool hasApp, FactorDemand demand) => hasPasskey || (hasApp && demand <= FactorDemand.Mfa);

    /// <summary>Of a policy whose demand is not met: the grace that runs for whoever lacks the factor. It begins when the policy meets the person.</summary>
    private static PolicyGrace? GraceOf(PolicyRule rule, PolicyInputs inputs, FactorDemand demand)
    {
        if (rule.EnrolmentGraceDays == 0 || CanReach(inputs, demand)) return null;
        var until = (inputs.Graces is not null && inputs.Graces.TryGetValue(rule.Id, out var startedAt) ? startedAt : inputs.At).AddDays(rule.EnrolmentGraceDays);
        return inputs.At < until ? new(rule.Id, rule.Name, until) : null;
    }

    private static IEnumerable<PolicyReason> Reasons(PolicyRule rule, PolicyInputs inputs, bool isOutside, FactorDemand met)
    {
        if (rule.Factors is not FactorDemand.Any) yield return new(rule.Name, PolicyAsks.Factors, Name(rule.Factors.ToString()), met >= rule.Factors);
        if (rule.MaxAge is { } maxAge) yield return new(rule.Name, PolicyAsks.MaxAge, maxAge.ToString(CultureInfo.InvariantCulture), !IsTooOld(rule, inputs));
        if (rule.Networks.Count > 0) yield return new(rule.Name, PolicyAsks.Network, Name(rule.Outside.ToString()), !isOutside || (rule.Outside is OutsideNetworks.Ask && met >= FactorDemand.Mfa));
        foreach (var (signal, answer) in rule.Risk.Where(risk => inputs.Shows(risk.Key)).OrderBy(risk => risk.Key))
            yield return new(rule.Name, PolicyAsks.Risk + Name(signal.ToString()), Name(answer.ToString()), answer is RiskAnswer.Ask && LevelForRisk(inputs.Methods) >= FactorDemand.Mfa);
        if (rule.RememberDays is { } days) yield return new(rule.Name, PolicyAsks.RememberDays, days.ToString(CultureInfo.InvariantCulture), inputs.RememberedUntil is null || IsRemembered(inputs, days) || LevelOf(inputs.Methods) >= FactorDemand.Mfa);
    }

    private static bool Found(PolicyRule rule, PolicyInputs inputs, RiskAnswer answer) => rule.Risk.Any(risk => risk.Value == answer && inputs.Shows(risk.Key));

    private static bool IsTooOld(PolicyRule rule, PolicyInputs inputs) => inputs.Age > rule.MaxAge; // a comparison with null is false

    private static FactorDemand LevelOf(IReadOnlyList<string> methods)
    {
        var classes = AuthenticationContexts.Of(methods);
        return classes.Contains(AuthenticationContexts.PhishingResistant) ? FactorDemand.PhishingResistant : classes.Contains(AuthenticationContexts.MultiFactor) ? FactorDemand.Mfa : FactorDemand.Any;
    }

    /// <summary>A code by mail answers no signal of risk, at whichever step it appears: whoever took over a person's computer or phone often reads the mailbox, too.</summary>
    private static FactorDemand LevelForRisk(IReadOnlyList<string> methods)
    {
        string[] withoutMail = [.. methods.Where(method => method is not "email")];
        return withoutMail.Length == methods.Count || AuthenticationContexts.HasSecondKind(withoutMail) ? LevelOf(methods) : LevelOf([.. withoutMail.Where(method => method is not "mfa")]);
    }

    private static bool CanReach(PolicyInputs inputs, FactorDemand demand) => CanReach(inputs.HasPasskey, inputs.HasApp, demand);

    private static string Name(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
