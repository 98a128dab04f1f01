namespace IdP.Policies;

/// <summary>A policy that somebody thinks of adding, changing or, without settings, removing.</summary>
public sealed record PolicyChange(string Name, SignInPolicySettings? Settings)
{
    /// <summary>The policies as they would be with it.</summary>
    public IReadOnlyList<PolicyRule> ApplyTo(IReadOnlyList<PolicyRule> rules) =>
        [.. rules.Where(rule => rule.Name != Name), .. Settings is { Enabled: true } settings ? [PolicyRule.From(rules.FirstOrDefault(rule => rule.Name == Name)?.Id ?? Guid.Empty, Name, settings)] : (PolicyRule[])[]];
}
