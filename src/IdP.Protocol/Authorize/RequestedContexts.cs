using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Authorize;

/// <summary>
/// The authentication context classes a request asks for, most wanted first: by <c>claims</c> (OpenID Connect Core 5.5.1.1), where they can be essential, else
/// by <c>acr_values</c>, else as the client registered. An essential one that is not met is an error, a voluntary one never is.
/// </summary>
internal sealed record RequestedContexts(IReadOnlyList<string> Values, bool Essential)
{
    public static RequestedContexts Of(OpenIddictRequest request, Client client)
    {
        var asked = ClaimsRequest.Of((string?)request[Parameters.Claims]).IdToken.GetValueOrDefault(OpenIddictConstants.Claims.AuthenticationContextReference);
        if (asked is { Essential: true } or { Values.Count: > 0 }) return new(asked.Values, asked.Essential);
        return new(request.GetAcrValues() is { IsEmpty: false } values ? values : client.DefaultAcrValues, Essential: false);
    }
}
