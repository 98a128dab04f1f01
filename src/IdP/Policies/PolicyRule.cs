using System.Collections.Frozen;
using System.Net;
using IdP.Risk;

namespace IdP.Policies;

/// <summary>An enabled policy, ready to be asked.</summary>
public sealed record PolicyRule
{
    /// <summary>Empty for one that is not saved yet.</summary>
    public Guid Id { get; init; }

    public required string Name { get; init; }
    public FrozenSet<string> Organizations { get; init; } = [];
    public FrozenSet<string> Groups { get; init; } = [];
    public FrozenSet<string> Clients { get; init; } = [];
    public FactorDemand Factors { get; init; }
    public int? MaxAge { get; init; }
    public IReadOnlyList<IPNetwork> Networks { get; init; } = [];
    public OutsideNetworks Outside { get; init; }
    public int? RememberDays { get; init; }
    public int EnrolmentGraceDays { get; init; }

    /// <summary>What signals of risk lead to; those that lead to nothing are not in it.</summary>
    public IReadOnlyDictionary<RiskSignal, RiskAnswer> Risk { get; init; } = FrozenDictionary<RiskSignal, RiskAnswer>.Empty;

    /// <summary>Whether it depends on how unusual the sign-in is.</summary>
    public bool NeedsRisk => Risk.Count > 0;

    /// <summary>Whether it depends on where the person belongs.</summary>
    public bool NeedsMemberships => Organizations.Count + Groups.Count > 0;

    public static PolicyRule From(Guid id, string name, SignInPolicySettings policy) => new()
    {
        Id = id,
        Name = name,
        Organizations = policy.Organizations.ToFrozenSet(StringComparer.Ordinal),
        Groups = policy.Groups.ToFrozenSet(StringComparer.Ordinal),
        Clients = policy.Clients.ToFrozenSet(StringComparer.Ordinal),
        Factors = policy.Factors,
        MaxAge = policy.MaxAge,
        Networks = [.. policy.Networks.Select(network => PolicyRules.ParseNetwork(network) ?? throw new InvalidOperationException($"The sign-in policy {name} has a network that is none."))],
        Outside = policy.Outside,
        RememberDays = policy.RememberDays,
        EnrolmentGraceDays = policy.EnrolmentGraceDays,
        Risk = policy.Risk.ToFrozenDictionary(),
    };

    public bool ConcernsClient(string? clientId) => Clients.Count == 0 || (clientId is not null && Clients.Contains(clientId));

    /// <summary>Empty lists limit nothing; of the others each must name something of this sign-in.</summary>
    public bool AppliesTo(PolicyInputs inputs) => ConcernsClient(inputs.ClientId)
        && (Organizations.Count == 0 || inputs.Organizations?.Any(Organizations.Contains) is true)
        && (Groups.Count == 0 || inputs.Groups?.Any(Groups.Contains) is true);

    /// <summary>An address that is not known is in no network.</summary>
    public bool IsOutside(string? address)
    {
        if (Networks.Count == 0) return false;
        if (!IPAddress.TryParse(address, out var ip)) return true;
        if (ip.IsIPv4MappedToIPv6) ip = ip.MapToIPv4();
        return !Networks.Any(network => network.Contains(ip));
    }
}
