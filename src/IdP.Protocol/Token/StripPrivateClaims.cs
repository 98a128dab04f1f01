using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>
/// Takes the engine's private <c>oi_*</c> claims out of JWTs that leave the house. An access token without a row keeps its family as
/// <see cref="GrantId"/>, so that it dies with the grant at our own endpoints (<see cref="RestoreGrant"/>).
/// </summary>
internal sealed class StripPrivateClaims : IOpenIddictServerHandler<GenerateTokenContext>
{
    public const string GrantId = "grant_id";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<GenerateTokenContext>()
        .UseSingletonHandler<StripPrivateClaims>().SetOrder(Protection.AttachTokenMetadata.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.IsReferenceToken || context.TokenType is not (TokenTypeIdentifiers.AccessToken or TokenTypeIdentifiers.IdentityToken)) return default;

        var identity = context.SecurityTokenDescriptor.Subject;
        if (context.TokenType == TokenTypeIdentifiers.AccessToken && context.Principal.GetAuthorizationId() is { } grant)
            identity.AddClaim(new Claim(GrantId, grant));
        foreach (var claim in identity.Claims.Where(c => c.Type.StartsWith(OpenIddictConstants.Claims.Prefixes.Private, StringComparison.Ordinal)).ToList())
            identity.RemoveClaim(claim);
        WriteMethodsAsList(identity);
        return default;
    }

    /// <summary>RFC 8176 1: <c>amr</c> is a list, also with one entry, which would otherwise become plain text.</summary>
    private static void WriteMethodsAsList(ClaimsIdentity identity)
    {
        var methods = identity.FindAll(OpenIddictConstants.Claims.AuthenticationMethodReference).ToList();
        if (methods.Count != 1 || methods[0].ValueType == JsonClaimValueTypes.JsonArray) return;
        identity.RemoveClaim(methods[0]);
        identity.AddClaim(new Claim(OpenIddictConstants.Claims.AuthenticationMethodReference, JsonSerializer.Serialize(methods.Select(method => method.Value)), JsonClaimValueTypes.JsonArray));
    }
}
