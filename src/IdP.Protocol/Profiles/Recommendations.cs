using IdP.Protocol.Clients;

namespace IdP.Protocol.Profiles;

/// <summary>What RFC 9700 recommends beyond its obligations (those are in <see cref="OAuth21"/>): shown on the conformance page, enforced nowhere.</summary>
public static class Recommendations
{
    public static IReadOnlyList<ProfileRequirement> All { get; } =
    [
        new("asymmetric_authentication", "RFC 9700 2.5", "The app proves who it is with a key of which nobody else has a copy.",
            (client, _) => client.NeedsSecret ? "It authenticates with a shared secret; private_key_jwt leaves nothing to leak." : null),
        new("audience_restriction", "RFC 9700 2.3", "An access token is for one API.",
            (client, resources) => resources is not null && resources.ApisOf(client.AllowedScopes).Select(api => api.Name).ToList() is { Count: > 1 } apis
                ? $"One token may reach {apis.Count} APIs ({string.Join(", ", apis)}): let the app ask per API with resource (RFC 8707)." : null),
        new("sender_constrained", "RFC 9700 2.2.1", "A stolen token is of no use without the app's key.",
            (_, _) => "Its tokens are bearer tokens."),
        new("no_front_channel_id_tokens", "RFC 9700 2.1.2", "The app uses the code alone.",
            (client, _) => client.AllowedGrantTypes.Exists(grant => grant is GrantTypes.Implicit or GrantTypes.Hybrid) ? "It may use the implicit or hybrid flow." : null),
    ];
}
