using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
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
/// An id this node does not know may be a key that another node has just made. Where an ID token is only a hint, one signed with the secret of a client that
/// registered HS256 will do: that client could have written it itself, so nothing is granted on it.
/// </summary>
internal sealed class TrustOwnKeys(KeyRing keys, KeyRotation rotation, Catalog catalog, RecoverableSecrets secrets, TimeProvider clock) : IOpenIddictServerHandler<ValidateTokenContext>
{
    private const int MaxHeaderChars = 2000;

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseSingletonHandler<TrustOwnKeys>().SetOrder(Protection.ValidateReferenceTokenIdentifier.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.ValidTokenTypes.Contains(TokenTypeIdentifiers.Private.ClientAssertion)) return; // a client's keys, not ours

        if (await SecretsBehindAsync(context) is { } shared)
        {
            context.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, _, _) => shared;
            context.TokenValidationParameters.AlgorithmValidator = (algorithm, _, _, _) => algorithm == SigningAlgorithms.HS256;
            return;
        }
        context.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, keyId, _) => keys.Find(keyId) switch
        {
            { Signing: not null } key => [key.Key],
            // What comes from our database, and nothing that anybody presents.
            { Sealing.Key: var seal } when context.IsReferenceToken => [seal],
            _ => [],
        };
        context.TokenValidationParameters.TokenDecryptionKeyResolver = (_, token, keyId, _) => token is JsonWebToken jwe && DecryptionKey(keys.Find(keyId), jwe) is { } key ? [key] : [];
        context.TokenValidationParameters.AlgorithmValidator = (algorithm, key, _, _) => keys.Find(key.KeyId) switch
        {
            { Signing: not null } signer => signer.Row.Algorithm == algorithm,
            { Sealing: { } seal } when ReferenceEquals(seal.Key, key) => seal.Algorithm == algorithm,
            _ => EncryptionAlgorithms.Content.Contains(algorithm),
        };

        if (KeyIdOf(context.Token) is { Length: > 0 and <= 64 } unknown && keys.Find(unknown) is null)
            await rotation.FindAsync(unknown, context.CancellationToken);
    }

    private static SecurityKey? DecryptionKey(KeyMaterial? key, JsonWebToken token) => (key?.Row.Algorithm, token.Alg) switch
    {
        (KeyAlgorithms.OwnTokens, JwtConstants.DirectKeyUseAlg) => key.Encrypting!.Key, // every key for own tokens has one
        (KeyAlgorithms.OwnTokens, SecurityAlgorithms.Aes256KW) => key.Key,
        // And not RSA1_5 with the same key, whose errors give the key away (RFC 7516 11.4).
        (KeyAlgorithms.Incoming, KeyAlgorithms.Incoming) => key.Key,
        _ => null,
    };

    /// <summary>The keys of an ID token that comes as a hint and says that it is signed with a secret; null for every other token.</summary>
    private async ValueTask<SecurityKey[]?> SecretsBehindAsync(ValidateTokenContext context)
    {
        if (context.EndpointType is not (OpenIddictServerEndpointType.Authorization or OpenIddictServerEndpointType.PushedAuthorization or OpenIddictServerEndpointType.EndSession)) return null;
        if (!context.ValidTokenTypes.SetEquals([TokenTypeIdentifiers.IdentityToken])) return null;
        if (Read(context.Token) is not { IsEncrypted: false, Alg: SigningAlgorithms.HS256 } token || token.Audiences.ToList() is not [var audience]) return null;
        if (await catalog.FindClientAsync(audience, context.CancellationToken) is not { IdTokenSignedResponseAlg: SigningAlgorithms.HS256 } client) return null;
        return [.. secrets.KeysOf(client, SigningAlgorithms.HS256, clock.GetUtcNow()).Select(secret => new SymmetricSecurityKey(secret))];
    }

    /// <summary>The <c>kid</c> of the header alone: this is asked for every token, and the engine reads the rest.</summary>
    private static string? KeyIdOf(string token)
    {
        var end = token.IndexOf('.', StringComparison.Ordinal);
        if (end is <= 0 or > MaxHeaderChars) return null;
        Span<byte> header = stackalloc byte[Base64Url.GetMaxDecodedLength(end)];
        if (Base64Url.DecodeFromChars(token.AsSpan(0, end), header, out _, out var length) is not OperationStatus.Done) return null;

        try
        {
            var reader = new Utf8JsonReader(header[..length]);
            while (reader.Read())
                if (reader is { CurrentDepth: 1, TokenType: JsonTokenType.PropertyName } && reader.ValueTextEquals("kid"u8))
                    return reader.Read() && reader.TokenType is JsonTokenType.String ? reader.GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null; // no header at all: the engine says so
        }
        return null;
    }

    private static JsonWebToken? Read(string token)
    {
        try
        {
            return new JsonWebToken(token);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null; // no JWT at all: the engine says so
        }
    }
}
