using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Protocol.Clients;
using IdP.Protocol.Discovery;
using IdP.Protocol.Keys;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Introspection;

/// <summary>
/// The introspection answer as a signed JWT for callers that ask for one (RFC 9701), encrypted to the caller when it registered so. What the token says stands
/// inside <c>token_introspection</c> alone: at the top it would make the answer look like an access token.
/// </summary>
internal sealed class AnswerAsJwt(Catalog catalog, AnswerJwts answers, IssuerUrl issuer, TimeProvider clock) : IOpenIddictServerHandler<ApplyIntrospectionResponseContext>
{
    private const string MediaType = "application/token-introspection+jwt";
    private const string Type = "token-introspection+jwt";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyIntrospectionResponseContext>()
        .UseScopedHandler<AnswerAsJwt>().SetOrder(OpenIddictServerAspNetCoreHandlers.ProcessJsonResponse<ApplyIntrospectionResponseContext>.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ApplyIntrospectionResponseContext context)
    {
        if (!string.IsNullOrEmpty(context.Error) || context.Transaction.GetHttpRequest() is not { } http || !IsWanted(http)) return;
        if (context.Request?.ClientId is not { } caller || await FindCallerAsync(caller, context.CancellationToken) is not { } wishes) return;

        var claims = new JsonObject
        {
            [OpenIddictConstants.Claims.Issuer] = issuer.Issuer,
            [OpenIddictConstants.Claims.Audience] = caller,
            [OpenIddictConstants.Claims.IssuedAt] = clock.GetUtcNow().ToUnixTimeSeconds(),
            ["token_introspection"] = JsonNode.Parse(JsonSerializer.Serialize(context.Response)),
        };
        var jwt = await answers.SignAsync(claims, wishes.Signing ?? SigningAlgorithms.RS256, Type, context.CancellationToken);
        if (wishes.Encryption is { } encryption)
        {
            var encrypted = await answers.EncryptAsync(jwt, wishes.Keys, encryption, wishes.Content, isSigned: true, context.CancellationToken);
            if (encrypted is null)
            {
                // In clear it must not go out; as JSON it says what to repair.
                context.Transaction.Response = new OpenIddictResponse { Error = Errors.InvalidRequest, ErrorDescription = $"The caller's key set has no key for {encryption}." };
                http.HttpContext.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }
            jwt = encrypted;
        }

        http.HttpContext.Response.ContentType = MediaType;
        await http.HttpContext.Response.WriteAsync(jwt, Encoding.ASCII, context.CancellationToken);
        context.HandleRequest();
    }

    private static bool IsWanted(HttpRequest http) => MediaTypeHeaderValue.TryParseList(http.Headers.Accept, out var accepted)
        && accepted.Any(type => type.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase) && type.Quality is not 0);

    private async ValueTask<Wishes?> FindCallerAsync(string caller, CancellationToken ct)
    {
        if (await catalog.FindClientAsync(caller, ct) is { } client)
            return new(client.IntrospectionSignedResponseAlg, client.IntrospectionEncryptedResponseAlg, client.IntrospectionEncryptedResponseEnc, KeySource.Of(client));
        return (await catalog.GetResourcesAsync(ct)).ApiResources.TryGetValue(caller, out var api)
            ? new(api.IntrospectionSignedResponseAlg, api.IntrospectionEncryptedResponseAlg, api.IntrospectionEncryptedResponseEnc, KeySource.Of(api)) : null;
    }

    private sealed record Wishes(string? Signing, string? Encryption, string? Content, KeySource Keys);
}
