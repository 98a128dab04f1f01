using IdP.Protocol.Clients;
using IdP.Protocol.Resources;

namespace IdP.Protocol.Profiles;

/// <summary>One thing that a profile asks of a client.</summary>
/// <param name="Id">Names the requirement to <see cref="ProfileFloor"/>, which knows what enforces it.</param>
/// <param name="Source">Where it is written.</param>
/// <param name="Sentence">What it demands, in an administrator's words.</param>
/// <param name="Lacks">What the client's settings lack, in a sentence; null when nothing.</param>
public sealed record ProfileRequirement(string Id, string Source, string Sentence, Func<Client, ResourceSet?, string?> Lacks);

/// <summary>A set of requirements a client can be held to by <see cref="Client.SecurityProfile"/>.</summary>
public sealed record Profile(string Name, string Title, IReadOnlyList<ProfileRequirement> Requirements)
{
    /// <summary>Every requirement that the client's settings do not meet, with what is missing.</summary>
    public IReadOnlyList<(ProfileRequirement Requirement, string Missing)> Missing(Client client, ResourceSet? resources) =>
        [.. Requirements.Select(requirement => (requirement, requirement.Lacks(client, resources))).Where(pair => pair.Item2 is not null).Select(pair => (pair.requirement, pair.Item2!))]; // filtered
}

public static class Profiles
{
    /// <summary>From the most lenient to the strictest.</summary>
    public static IReadOnlyList<Profile> All { get; } = [OAuth21.Profile];

    /// <summary>
    /// The profile a client is held to; null for the product's floor alone. A name that this version does not know, such as one that a newer version
    /// wrote, means the strictest: a client must never be laxer after a step back.
    /// </summary>
    public static Profile? Of(Client client) => client.SecurityProfile is null ? null : All.FirstOrDefault(profile => profile.Name == client.SecurityProfile) ?? All[^1];

    public static bool Demands(Client? client, string requirement) => client is not null && Of(client) is { } profile && profile.Requirements.Any(r => r.Id == requirement);
}
