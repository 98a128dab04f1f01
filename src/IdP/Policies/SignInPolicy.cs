using IdP.Protocol.Changes;
using IdP.Protocol.Storage;
using IdP.Risk;
using Microsoft.EntityFrameworkCore;

namespace IdP.Policies;

/// <summary>
/// What is asked of a sign-in beyond the built-in rules, for some organizations, groups and clients. Of several that apply the strictest wins, field by field
/// (docs/decisions/0013): a policy can only add.
/// </summary>
public sealed class SignInPolicy : IVersioned, IKeptInMemory
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public required string Name { get; set; }
    public string? Description { get; set; }
    public bool Enabled { get; set; } = true;

    /// <summary>Names of organizations that the person must belong to one of; empty for everybody.</summary>
    public List<string> Organizations { get; set; } = [];

    /// <summary>Names of groups that the person must belong to one of; empty for everybody.</summary>
    public List<string> Groups { get; set; } = [];

    /// <summary>Ids of the apps that the person is on the way to; empty for all, and for a sign-in without an app.</summary>
    public List<string> Clients { get; set; } = [];

    public FactorDemand Factors { get; set; }

    /// <summary>Seconds after which the person must show again who they are; null for no limit.</summary>
    public int? MaxAge { get; set; }

    /// <summary>Networks in CIDR notation that are inside; empty for no difference.</summary>
    public List<string> Networks { get; set; } = [];

    public OutsideNetworks Outside { get; set; }

    /// <summary>Days for which a browser may be remembered, 0 for never; null for the built-in limit.</summary>
    public int? RememberDays { get; set; }

    /// <summary>For how many days from the first time on whoever lacks the factor is let in without it; 0 for not at all.</summary>
    public int EnrolmentGraceDays { get; set; }

    /// <summary>What each signal of risk leads to (configuration files: <c>risk</c>).</summary>
    public RiskAnswer RiskNewDevice { get; set; }

    public RiskAnswer RiskNewNetwork { get; set; }
    public RiskAnswer RiskImpossibleTravel { get; set; }
    public RiskAnswer RiskManyFailures { get; set; }
    public RiskAnswer RiskListedAddress { get; set; }

    public int Version { get; set; }
}

/// <summary>What must be shown, the stronger the higher.</summary>
public enum FactorDemand
{
    /// <summary>What the person has; a second factor of whoever has one, as without any policy.</summary>
    Any = 0,

    /// <summary>Two factors; a remembered browser stands in for the second.</summary>
    Mfa = 1,

    /// <summary>A passkey.</summary>
    PhishingResistant = 2,
}

/// <summary>What happens to a sign-in from outside of the networks of a policy.</summary>
public enum OutsideNetworks
{
    /// <summary>It is refused.</summary>
    Block = 0,

    /// <summary>It needs two factors, and no browser is remembered.</summary>
    Ask = 1,
}

internal static class SignInPolicyMapping
{
    public static void AddSignInPolicies(this ModelBuilder model) => model.Entity<SignInPolicy>(policy =>
    {
        policy.ToTable("SignInPolicies");
        policy.Property(p => p.Name).HasMaxLength(PolicyRules.MaxName);
        policy.Property(p => p.Description).HasMaxLength(1000);
        policy.Property(p => p.Version).IsConcurrencyToken();
        policy.HasIndex(p => p.Name).IsUnique();
    });
}
