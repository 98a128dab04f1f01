using System.Security.Cryptography;
using IdP.Protocol.Upstream;
using Microsoft.AspNetCore.DataProtection;

namespace IdP.IdentityProviders;

/// <summary>What this provider proves itself with at others must be known in clear there, so it is encrypted with the key ring, each under a purpose that names its provider.</summary>
public sealed class ProviderSecrets(IDataProtectionProvider protection)
{
    public string Protect(IdentityProvider provider, string secret) => Secrets(provider).Protect(secret);

    /// <summary>Null when there is none, or when it was made with a key that is lost.</summary>
    public string? Open(IdentityProvider provider) => Try(provider.ProtectedSecret, Secrets(provider).Unprotect);

    /// <summary>Null when there is none, or when it was made with a key that is lost.</summary>
    public UpstreamSigningKey? OpenKey(IdentityProvider provider) =>
        provider.KeyId is { } id && Try(provider.ProtectedKey, Keys(provider).Unprotect) is { } key ? new(provider.TokenEndpointAuthSigningAlg, id, Convert.FromBase64String(key)) : null;

    /// <summary>Keeps secret and key in step with the settings, which are set already.</summary>
    /// <param name="secret">Null keeps the stored one.</param>
    internal void Set(IdentityProvider provider, IdentityProviderSettings settings, string? secret, string? algorithmBefore)
    {
        if (!settings.NeedsSecret) provider.ProtectedSecret = null;
        else if (secret is not null) provider.ProtectedSecret = Protect(provider, secret);

        if (!settings.NeedsKey) (provider.ProtectedKey, provider.KeyId) = (null, null);
        else if (provider.ProtectedKey is null || algorithmBefore != settings.TokenEndpointAuthSigningAlg)
        {
            var key = UpstreamSigningKey.Create(settings.TokenEndpointAuthSigningAlg);
            (provider.ProtectedKey, provider.KeyId) = (Keys(provider).Protect(Convert.ToBase64String(key.Pkcs8)), key.KeyId);
        }
    }

    private IDataProtector Secrets(IdentityProvider provider) => protection.CreateProtector("IdP.IdentityProviders.Secrets", provider.Id.ToString("N"));

    private IDataProtector Keys(IdentityProvider provider) => protection.CreateProtector("IdP.IdentityProviders.Keys", provider.Id.ToString("N"));

    private static string? Try(string? text, Func<string, string> open)
    {
        if (text is null) return null;
        try
        {
            return open(text);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
