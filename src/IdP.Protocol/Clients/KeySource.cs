using IdP.Protocol.Resources;
using IdP.Protocol.Token;

namespace IdP.Protocol.Clients;

/// <summary>Where the public keys of somebody are: by value or by address; neither means that there are none.</summary>
public readonly record struct KeySource(string? Jwks, string? JwksUri)
{
    public bool IsEmpty => Jwks is null && JwksUri is null;

    public static KeySource Of(Client client) => new(client.Jwks, client.JwksUri);

    public static KeySource Of(ApiResource api) => new(api.Jwks, api.JwksUri);

    public static KeySource Of(AssertionIssuer issuer) => new(issuer.Jwks, issuer.JwksUri);
}
