using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>
/// Decides per token what the engine decides once for all: whether it has a row, whether the client gets a handle or a JWT, and which key
/// signs. Codes, refresh tokens and what stands behind a handle are read by nobody but the provider, so they bear its own cheap seal whatever the client asks for.
/// </summary>
internal sealed class ShapeTokens(Catalog catalog, KeyRing keys, KeyRotation rotation, RecoverableSecrets secrets, TimeProvider clock) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<GenerateTokenContext>()
        .UseSingletonHandler<ShapeTokens>().SetOrder(Protection.AttachSecurityCredentials.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType is not (TokenTypeIdentifiers.AccessToken or TokenTypeIdentifiers.IdentityToken))
        {
            context.SigningCredentials = keys.Required(KeyAlgorithms.OwnTokens).Sealing;
            return;
        }

        var client = context.ClientId is { } id ? await catalog.FindClientAsync(id, context.CancellationToken) : null;
        context.SigningCredentials = (await rotation.CurrentAsync(SigningAlgorithms.OfOwnKey(client), context.CancellationToken)).Signing;
        if (context.TokenType == TokenTypeIdentifiers.IdentityToken && client is { IdTokenSignedResponseAlg: SigningAlgorithms.HS256 })
        {
            // OpenID Connect Core 10.1: the key is the secret's UTF-8 bytes, and has no id.
            if (secrets.KeysOf(client, SigningAlgorithms.HS256, clock.GetUtcNow()) is not [var secret, ..])
            {
                context.Reject(Errors.InvalidRequest, "The client has no valid secret that can be the key of HS256.");
                return;
            }
            context.SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(secret), SigningAlgorithms.HS256);
        }
        var receiver = context.TokenType == TokenTypeIdentifiers.AccessToken ? EncryptAccessToken.ReceiverOf(context.Principal, await catalog.GetResourcesAsync(context.CancellationToken)) : null;
        if (receiver is not null && context.Principal.GetAudiences().Length > 1)
        {
            // One token can be encrypted to one key, and what one API must not read must not reach another in clear (RFC 8707 2).
            context.Reject(Errors.InvalidTarget, $"The API '{receiver.Name}' takes tokens that are encrypted to it alone: ask for its scopes, or by 'resource' for it, in a request of its own.");
            return;
        }

        var hasRow = context.TokenType == TokenTypeIdentifiers.AccessToken && (client?.AccessTokenType == AccessTokenType.Reference || receiver is not null);
        context.CreateTokenEntry = context.IsReferenceToken = context.PersistTokenPayload = hasRow;
        if (!hasRow) return;
        // Whoever reads the database must not find JWTs there that an API would take.
        context.EncryptionCredentials = keys.Required(KeyAlgorithms.OwnTokens).Encrypting;
        if (receiver is null) context.SigningCredentials = keys.Required(KeyAlgorithms.OwnTokens).Sealing;
    }
}
