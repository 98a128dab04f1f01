using System.Runtime.CompilerServices;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Clients;

/// <summary>
/// The public keys of clients, API resources and assertion issuers: they verify what the owner signs and encrypt what is sent to it. A registered
/// set is parsed once, a published one fetched and kept (<see cref="PublishedKeys"/>).
/// </summary>
internal sealed class ClientKeys(PublishedKeys published)
{
    // By reference: the catalog holds the text as long as it holds the client, and both go together.
    private readonly ConditionalWeakTable<string, IReadOnlyList<JsonWebKey>> _registered = [];

    /// <summary>The keys that may have made a signature with this header; none when the owner has no such key.</summary>
    /// <param name="renew">Asks for a set that was published since, when one is fetched at all: for a signature without <c>kid</c> that no known key made.</param>
    public async ValueTask<IReadOnlyList<JsonWebKey>> FindVerificationKeysAsync(KeySource source, string? kid, string algorithm, bool renew, CancellationToken ct)
    {
        var keys = KeyFit.ForVerification(await GetAsync(source, renew, ct), kid, algorithm);
        if (source.JwksUri is null || renew || (kid is null ? keys.Count > 0 : keys.Any(key => key.Kid == kid))) return keys;
        // OpenID Connect Core 10.1.1: an unknown kid means that the owner has rotated its keys.
        return KeyFit.ForVerification(await GetAsync(source, renew: true, ct), kid, algorithm);
    }

    /// <summary>Whether one of the owner's keys made the signature of an assertion.</summary>
    public async ValueTask<bool> HaveSignedAsync(KeySource source, Assertion assertion, CancellationToken ct)
    {
        if ((await FindVerificationKeysAsync(source, assertion.KeyId, assertion.Algorithm, renew: false, ct)).Any(key => AssertionSignature.IsMadeWith(assertion, key))) return true;
        return assertion.KeyId is null && source.JwksUri is not null
            && (await FindVerificationKeysAsync(source, null, assertion.Algorithm, renew: true, ct)).Any(key => AssertionSignature.IsMadeWith(assertion, key));
    }

    /// <summary>The key to encrypt to with a JWE key management algorithm; null when the owner has none that fits.</summary>
    public async ValueTask<JsonWebKey?> FindEncryptionKeyAsync(KeySource source, string algorithm, CancellationToken ct)
    {
        if (KeyFit.ForEncryption(await GetAsync(source, renew: false, ct), algorithm) is { } key) return key;
        return source.JwksUri is null ? null : KeyFit.ForEncryption(await GetAsync(source, renew: true, ct), algorithm);
    }

    private async ValueTask<IReadOnlyList<JsonWebKey>> GetAsync(KeySource source, bool renew, CancellationToken ct)
    {
        if (source.Jwks is { } jwks) return _registered.GetValue(jwks, static text => PublicKeySet.Usable(text) ?? []);
        return source.JwksUri is { } uri ? await published.GetAsync(uri, renew, ct) ?? [] : [];
    }
}
