using IdP.Protocol.Clients;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Keys;

/// <summary>
/// Which keys a token that claims to be ours is checked with: the one its <c>kid</c> names, with that key's one algorithm and no other (RFC 8725 3.1).
/// An id this node does not know may be a key that another node has just made.
/// </summary>
internal sealed class TrustOwnKeys(KeyRing keys, KeyRotation rotation) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseSingletonHandler<TrustOwnKeys>().SetOrder(Protection.ValidateReferenceTokenIdentifier.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.ValidTokenTypes.Contains(TokenTypeIdentifiers.Private.ClientAssertion)) return; // a client's keys, not ours

        context.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, keyId, _) => keys.Find(keyId) is { Signing: not null } key ? [key.Key] : [];
        context.TokenValidationParameters.TokenDecryptionKeyResolver = (_, token, keyId, _) => token is JsonWebToken jwe && Decrypts(keys.Find(keyId), jwe) ? [keys.Find(keyId)!.Key] : [];
        context.TokenValidationParameters.AlgorithmValidator = (algorithm, key, _, _) =>
            keys.Find(key.KeyId) is { Signing: not null } signer ? signer.Row.Algorithm == algorithm : EncryptionAlgorithms.Content.Contains(algorithm);

        if (KeyIdOf(context.Token) is { } unknown && keys.Find(unknown) is null)
            await rotation.FindAsync(unknown, context.CancellationToken);
    }

    private static bool Decrypts(KeyMaterial? key, JsonWebToken token) => key switch
    {
        { Row.Algorithm: KeyAlgorithms.OwnTokens } => token.Alg == SecurityAlgorithms.Aes256KW,
        // And not RSA1_5 with the same key, whose errors give the key away (RFC 7516 11.4).
        { Row.Algorithm: KeyAlgorithms.Incoming } => token.Alg == KeyAlgorithms.Incoming,
        _ => false,
    };

    private static string? KeyIdOf(string token)
    {
        try
        {
            return new JsonWebToken(token).Kid is { Length: > 0 and <= 64 } kid ? kid : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null; // no JWT at all: the engine says so
        }
    }
}
