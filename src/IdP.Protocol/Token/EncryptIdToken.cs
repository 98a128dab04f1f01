using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>ID tokens for clients that registered an encryption (OpenID Connect Core 10.2): signed, then encrypted.</summary>
internal sealed class EncryptIdToken(Catalog catalog, AnswerJwts answers) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<GenerateTokenContext>()
        .UseSingletonHandler<EncryptIdToken>().SetOrder(Protection.GenerateIdentityModelToken.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType != TokenTypeIdentifiers.IdentityToken || context.ClientId is not { } id || context.Token is not { } signed) return;
        if (await catalog.FindClientAsync(id, context.CancellationToken) is not { IdTokenEncryptedResponseAlg: { } algorithm } client) return;

        context.Token = await answers.EncryptAsync(signed, KeySource.Of(client), algorithm, client.IdTokenEncryptedResponseEnc, isSigned: true, context.CancellationToken);
        if (context.Token is null) context.Reject(Errors.InvalidRequest, $"The client's key set has no key for {algorithm}.");
    }
}
