using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Keys;
using IdP.Protocol.Resources;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>
/// Access tokens for APIs that registered an encryption: a signed JWT (RFC 9068) inside a JWE to the API's public key. We cannot open it ourselves, so it has
/// a row like a reference token, found by the digest of the whole token, and is known at userinfo, introspection and revocation.
/// </summary>
internal sealed class EncryptAccessToken(DbContext db, Catalog catalog, AnswerJwts answers, SubjectIdentifiers subjects) : IOpenIddictServerHandler<GenerateTokenContext>, IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Outgoing { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<GenerateTokenContext>()
        .UseScopedHandler<EncryptAccessToken>().SetOrder(Protection.AttachTokenPayload.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor Incoming { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseScopedHandler<EncryptAccessToken>().SetOrder(Protection.ValidateReferenceTokenIdentifier.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    /// <summary>The audience that takes encrypted tokens only, when there is one.</summary>
    public static ApiResource? ReceiverOf(ClaimsPrincipal token, ResourceSet resources)
    {
        foreach (var audience in token.GetAudiences())
            if (resources.ApiResources.TryGetValue(audience, out var api) && api.AccessTokenEncryptedResponseAlg is not null)
                return api;
        return null;
    }

    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType != TokenTypeIdentifiers.AccessToken || ReceiverOf(context.Principal, await catalog.GetResourcesAsync(context.CancellationToken)) is not { } api) return;
        var client = context.ClientId is { } id ? await catalog.FindClientAsync(id, context.CancellationToken) : null;
        if (client?.AccessTokenType == AccessTokenType.Reference) return; // nothing in the handle to hide

        var stored = context.SecurityTokenDescriptor;
        var shown = new ClaimsIdentity(stored.Subject.Claims.Where(c => !c.Type.StartsWith(OpenIddictConstants.Claims.Prefixes.Private, StringComparison.Ordinal)));
        if (client is not null) subjects.Show(shown, client);
        var signed = context.SecurityTokenHandler.CreateToken(new SecurityTokenDescriptor
        {
            Subject = shown,
            Claims = stored.Claims,
            Issuer = stored.Issuer,
            IssuedAt = stored.IssuedAt,
            Expires = stored.Expires,
            TokenType = stored.TokenType,
            SigningCredentials = stored.SigningCredentials,
        });
        context.Token = await answers.EncryptAsync(signed, KeySource.Of(api), api.AccessTokenEncryptedResponseAlg!, api.AccessTokenEncryptedResponseEnc, isSigned: true, context.CancellationToken);
        if (context.Token is null)
        {
            context.Reject(Errors.InvalidTarget, $"The key set of the API '{api.Name}' has no key for {api.AccessTokenEncryptedResponseAlg}.");
            return;
        }
        var row = await db.Set<GrantToken>().FindAsync([Guid.Parse(context.Principal.GetTokenId()!)], context.CancellationToken); // tracked: it was made a moment ago
        row!.ReferenceId = HandleOf(context.Token);
    }

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.ValidTokenTypes.Count > 0 && !context.ValidTokenTypes.Contains(TokenTypeIdentifiers.AccessToken)) return;
        if (context.Token.AsSpan().Count('.') != 4) return; // no JWE

        var handle = HandleOf(context.Token);
        if (await db.Set<GrantToken>().Include(t => t.Grant).FirstOrDefaultAsync(t => t.ReferenceId == handle, context.CancellationToken) is not { Payload: { } payload } row) return;
        (context.IsReferenceToken, context.Token, context.TokenId) = (true, payload, row.Id.ToString());
    }

    /// <summary>No handle of the engine has a colon, so nobody can name such a row by anything but the token.</summary>
    private static string HandleOf(string token) => "jwe:" + Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
