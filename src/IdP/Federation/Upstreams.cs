using IdP.Federation.Google;
using Microsoft.Extensions.Options;

namespace IdP.Federation;

/// <summary>A provider of other people's identities, as configured.</summary>
/// <param name="AllowedDomains">Domains that the provider itself vouches for; empty admits everybody.</param>
public sealed record Upstream(string Name, string DisplayName, string AuthorizationEndpoint, IReadOnlyList<string> AllowedDomains, bool AllowNewUsers)
{
    internal bool Admits(ExternalIdentity identity) => AllowedDomains.Count == 0 || AllowedDomains.Contains(identity.HostedDomain ?? "", StringComparer.OrdinalIgnoreCase);
}

/// <summary>The upstream providers that are switched on.</summary>
public sealed class Upstreams(IOptions<GoogleSignInOptions> google)
{
    public IReadOnlyList<Upstream> All { get; } = google.Value.IsOn
        ? [new(GoogleModule.Name, "Google", google.Value.AuthorizationEndpoint, google.Value.AllowedDomains, google.Value.AllowNewUsers)]
        : [];

    public Upstream? Find(string? name) => All.FirstOrDefault(upstream => upstream.Name == name);
}
