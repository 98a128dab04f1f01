using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Clients;

/// <summary>
/// Client secrets that must be known again, because they are HMAC keys (OpenID Connect Core 10.1): encrypted with the provider's key ring, for
/// no other clients than those.
/// </summary>
public sealed class RecoverableSecrets(IDataProtectionProvider protection, ILogger<RecoverableSecrets> logger)
{
    private readonly IDataProtector _protector = protection.CreateProtector("IdP.ClientSecrets");

    public string Protect(string secret) => _protector.Protect(secret);

    /// <summary>The client's secrets that are valid now and long enough for the algorithm (RFC 7518 3.2), as keys, the newest first.</summary>
    public IReadOnlyList<byte[]> KeysOf(Client client, string algorithm, DateTimeOffset now) =>
    [
        .. client.ClientSecrets.Where(secret => secret.ProtectedValue is not null && secret.IsValidAt(now)).OrderByDescending(secret => secret.CreatedAt)
            .Select(Open).OfType<byte[]>().Where(key => key.Length >= SigningAlgorithms.MinSecretBytes(algorithm)),
    ];

    private byte[]? Open(ClientSecret secret)
    {
        try
        {
            return Encoding.UTF8.GetBytes(_protector.Unprotect(secret.ProtectedValue!)); // filtered above
        }
        catch (CryptographicException exception)
        {
            Log.SecretUnreadable(logger, secret.Id, exception);
            return null;
        }
    }
}
