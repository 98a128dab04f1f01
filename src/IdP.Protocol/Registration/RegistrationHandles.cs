using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace IdP.Protocol.Registration;

/// <summary>Initial and registration access tokens: 256 random bits, of which the database has the SHA-256 alone.</summary>
public static class RegistrationHandles
{
    private const int Length = 43;

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Hash(string handle) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(handle)));

    /// <summary>The one bearer token of the request, when it has the form of such a handle (RFC 6750 2.1).</summary>
    internal static string? Read(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && header[7..].Trim() is { Length: Length } handle ? handle : null;

    internal static bool Matches(string? hash, string? handle) =>
        hash is not null && handle is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(Hash(handle)));
}
