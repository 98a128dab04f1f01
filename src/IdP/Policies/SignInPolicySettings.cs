using IdP.Risk;

namespace IdP.Policies;

/// <summary>Everything about a policy that an administrator decides, with the values a new one starts with.</summary>
public sealed class SignInPolicySettings
{
    public string? Description { get; set; }
    public bool Enabled { get; set; } = true;
    public List<string> Organizations { get; set; } = [];
    public List<string> Groups { get; set; } = [];
    public List<string> Clients { get; set; } = [];
    public FactorDemand Factors { get; set; }
    public int? MaxAge { get; set; }
    public List<string> Networks { get; set; } = [];
    public OutsideNetworks Outside { get; set; }
    public int? RememberDays { get; set; }
    public int EnrolmentGraceDays { get; set; }
    public RiskAnswer RiskNewDevice { get; set; }
    public RiskAnswer RiskNewNetwork { get; set; }
    public RiskAnswer RiskImpossibleTravel { get; set; }
    public RiskAnswer RiskManyFailures { get; set; }
    public RiskAnswer RiskListedAddress { get; set; }

    /// <summary>The signals that lead to something.</summary>
    public IReadOnlyDictionary<RiskSignal, RiskAnswer> Risk => new Dictionary<RiskSignal, RiskAnswer>
    {
        [RiskSignal.NewDevice] = RiskNewDevice, [RiskSignal.NewNetwork] = RiskNewNetwork, [RiskSignal.ImpossibleTravel] = RiskImpossibleTravel,
        [RiskSignal.ManyFailures] = RiskManyFailures, [RiskSignal.ListedAddress] = RiskListedAddress,
    }.Where(risk => risk.Value is not RiskAnswer.Allow).ToDictionary();

    public static SignInPolicySettings From(SignInPolicy policy) => new()
    {
        Description = policy.Description,
        Enabled = policy.Enabled,
        Organizations = [.. policy.Organizations],
        Groups = [.. policy.Groups],
        Clients = [.. policy.Clients],
        Factors = policy.Factors,
        MaxAge = policy.MaxAge,
        Networks = [.. policy.Networks],
        Outside = policy.Outside,
        RememberDays = policy.RememberDays,
        EnrolmentGraceDays = policy.EnrolmentGraceDays,
        RiskNewDevice = policy.RiskNewDevice,
        RiskNewNetwork = policy.RiskNewNetwork,
        RiskImpossibleTravel = policy.RiskImpossibleTravel,
        RiskManyFailures = policy.RiskManyFailures,
        RiskListedAddress = policy.RiskListedAddress,
    };
}
