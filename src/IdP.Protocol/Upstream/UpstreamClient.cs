using System.Text;
using IdP.Protocol.Clients;

namespace IdP.Protocol.Upstream;

/// <summary>How this provider is registered at another one.</summary>
public sealed record UpstreamClient
{
    /// <summary>Character by character as that provider writes it.</summary>
    public required string Issuer { get; init; }

    public required string ClientId { get; init; }

    /// <summary>See <see cref="Methods"/>.</summary>
    public required string AuthenticationMethod { get; init; }

    public string? Secret { get; init; }

    public UpstreamSigningKey? Key { get; init; }

    /// <summary>How this provider can authenticate at another one (OpenID Connect Core 9).</summary>
    public static IReadOnlyList<string> Methods { get; } =
        [ClientAuthenticationMethods.ClientSecretBasic, ClientAuthenticationMethods.ClientSecretPost, ClientAuthenticationMethods.PrivateKeyJwt, ClientAuthenticationMethods.None];

    /// <summary>Adds to a form what proves who sends it; answers the header that does, if one does.</summary>
    internal KeyValuePair<string, string>? Authenticate(List<KeyValuePair<string, string>> form, DateTimeOffset now)
    {
        if (AuthenticationMethod == ClientAuthenticationMethods.ClientSecretBasic)
        {
            // RFC 6749 2.3.1: both are encoded before they are joined, or a colon in the id would part them elsewhere.
            var pair = $"{Uri.EscapeDataString(ClientId)}:{Uri.EscapeDataString(Secret ?? "")}";
            return new("Authorization", "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(pair)));
        }
        form.Add(new("client_id", ClientId));
        if (AuthenticationMethod == ClientAuthenticationMethods.ClientSecretPost) form.Add(new("client_secret", Secret ?? ""));
        if (AuthenticationMethod == ClientAuthenticationMethods.PrivateKeyJwt && Key is not null)
        {
            form.Add(new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
            // The issuer alone is the audience: what is made for one provider must be worth nothing at another that names the same endpoint.
            form.Add(new("client_assertion", Key.SignAssertion(ClientId, Issuer, now)));
        }
        return null;
    }
}
