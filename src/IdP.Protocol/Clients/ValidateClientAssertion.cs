using System.Security.Claims;
using IdP.Protocol.Resources;
using Microsoft.AspNetCore;
using Microsoft.Extensions.Logging;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using ClientAuthenticationMethods = IdP.Protocol.Clients.ClientAuthenticationMethods;

namespace IdP.Protocol.Clients;

/// <summary>
/// Clients that authenticate with a signed assertion (OpenID Connect Core 9: <c>private_key_jwt</c>, <c>client_secret_jwt</c>; RFC 7523 3) at every
/// endpoint where clients authenticate. It takes the place of the engine's own check, which refuses what common libraries send (a plain
/// <c>typ</c>, the token endpoint as audience, several audiences) and accepts an assertion again and again.
/// </summary>
internal sealed class ValidateClientAssertion(
    Catalog catalog, ClientKeys keys, RecoverableSecrets secrets, AssertionRules rules, UsedAssertions used, TimeProvider clock, ILogger<ValidateClientAssertion> logger)
    : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessAuthenticationContext>()
        .UseScopedHandler<ValidateClientAssertion>().SetOrder(OpenIddictServerHandlers.ValidateClientAssertion.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (!context.ValidateClientAssertion || string.IsNullOrEmpty(context.ClientAssertion)) return;
        if (Assertion.Parse(context.ClientAssertion) is not { } assertion)
        {
            context.Reject(Errors.InvalidClient, "The client assertion is no signed JWT with iss, sub and exp (RFC 7523 3).");
            return;
        }

        var registration = await FindAsync(context, assertion.Issuer);
        if (registration is null)
        {
            context.Reject(Errors.InvalidClient, "The client of this assertion is not known.");
            return;
        }
        if (await ProblemAsync(context, assertion, registration) is { } problem)
        {
            Log.AssertionRefused(logger, registration.ClientId, problem);
            context.Reject(Errors.InvalidClient, $"The client assertion is refused: {problem}.");
            return;
        }

        context.Transaction.Request!.ClientId = assertion.Issuer; // RFC 7521 4.2: client_id may be left out beside an assertion
        context.ClientAssertionPrincipal = new ClaimsPrincipal(new ClaimsIdentity([new Claim("iss", assertion.Issuer), new Claim("sub", assertion.Subject)], "assertion"));
    }

    private async ValueTask<string?> ProblemAsync(ProcessAuthenticationContext context, Assertion assertion, Registration registration)
    {
        var ct = context.CancellationToken;
        if (assertion.Subject != assertion.Issuer) return "iss and sub must both be the client_id";
        if (!string.IsNullOrEmpty(context.ClientId) && context.ClientId != assertion.Issuer) return "the request names another client";
        if (registration.Method is not (ClientAuthenticationMethods.PrivateKeyJwt or ClientAuthenticationMethods.ClientSecretJwt)) return $"this client must authenticate with {registration.Method}";
        if (!IsClientAssertion(assertion.Type)) return "its typ is that of another kind of token";
        if (registration.Algorithm is { } registered ? assertion.Algorithm != registered : !SigningAlgorithms.OfAssertions(registration.Method).Contains(assertion.Algorithm))
            return $"its algorithm is not {registration.Algorithm ?? $"one of {string.Join(", ", SigningAlgorithms.OfAssertions(registration.Method))}"}";
        if (rules.Problem(assertion, context.Transaction.GetHttpRequest()?.Path.Value ?? ProtocolPaths.Token) is { } problem) return problem;
        if (!await IsSignedByAsync(registration, assertion, ct)) return "no key of this client made its signature";
        return await used.TryUseAsync("client", assertion, ct) ? null : "it was used before";
    }

    private async ValueTask<bool> IsSignedByAsync(Registration registration, Assertion assertion, CancellationToken ct)
    {
        if (registration is { Method: ClientAuthenticationMethods.ClientSecretJwt, Client: { } client })
            return secrets.KeysOf(client, assertion.Algorithm, clock.GetUtcNow()).Any(secret => AssertionSignature.IsMadeWith(assertion, secret));

        return await keys.HaveSignedAsync(registration.Keys, assertion, ct);
    }

    /// <summary>The client, or the API of that name where APIs introspect.</summary>
    private async ValueTask<Registration?> FindAsync(ProcessAuthenticationContext context, string clientId)
    {
        if (await catalog.FindClientAsync(clientId, context.CancellationToken) is { } client)
            return client.Enabled ? new(clientId, client.TokenEndpointAuthMethod, client.TokenEndpointAuthSigningAlg, KeySource.Of(client), client) : null;
        if (context.EndpointType is not OpenIddictServerEndpointType.Introspection) return null;
        var resources = await catalog.GetResourcesAsync(context.CancellationToken);
        return resources.ApiResources.TryGetValue(clientId, out var api) && !KeySource.Of(api).IsEmpty ? new(clientId, ClientAuthenticationMethods.PrivateKeyJwt, null, KeySource.Of(api), null) : null;
    }

    // RFC 7523bis 4 names a type; what is out there says JWT or nothing. An ID token or access token must not pass for an assertion.
    private static bool IsClientAssertion(string? type) => type is null
        || type.Equals("JWT", StringComparison.OrdinalIgnoreCase)
        || type.Equals("client-authentication+jwt", StringComparison.OrdinalIgnoreCase) || type.Equals("application/client-authentication+jwt", StringComparison.OrdinalIgnoreCase);

    private sealed record Registration(string ClientId, string Method, string? Algorithm, KeySource Keys, Client? Client);
}
