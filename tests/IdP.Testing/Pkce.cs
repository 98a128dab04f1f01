using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Testing;

/// <summary>RFC 7636, S256.</summary>
public sealed record Pkce(string Verifier, string Challenge)
{
    public static Pkce Create() => From(WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32)));

    public static Pkce From(string verifier) => new(verifier, WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))));
}
