using System.Text.Json.Serialization;

namespace IdP.Risk;

/// <summary>What can be unusual about a sign-in, each explained in one sentence.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RiskSignal>))]
public enum RiskSignal
{
    /// <summary>A browser in which the person was never known.</summary>
    [JsonStringEnumMemberName("newDevice")] NewDevice = 0,

    /// <summary>A network from which the person has not signed in lately.</summary>
    [JsonStringEnumMemberName("newNetwork")] NewNetwork = 1,

    /// <summary>A place that nobody reaches so soon from where the person last signed in.</summary>
    [JsonStringEnumMemberName("impossibleTravel")] ImpossibleTravel = 2,

    /// <summary>Many failed tries on the account from browsers it is not known in a short time before; to such a browser only, and not to a passkey.</summary>
    [JsonStringEnumMemberName("manyFailures")] ManyFailures = 3,

    /// <summary>An address that the operator's list names.</summary>
    [JsonStringEnumMemberName("listedAddress")] ListedAddress = 4,
}

/// <summary>What a policy does about a signal, the stricter the higher.</summary>
public enum RiskAnswer
{
    Allow = 0,

    /// <summary>A second factor must be shown now; a remembered browser does not stand in for it.</summary>
    Ask = 1,

    /// <summary>The sign-in is refused.</summary>
    Block = 2,
}
