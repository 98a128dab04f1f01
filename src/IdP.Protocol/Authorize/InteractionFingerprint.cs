using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;

namespace IdP.Protocol.Authorize;

/// <summary>Computes <see cref="AuthorizationRequest.Fingerprint"/> for the request behind a return address, for pages that answer it.</summary>
public static class InteractionFingerprint
{
    /// <summary>Null when the address holds no request.</summary>
    public static string? Of(string returnUrl)
    {
        var at = returnUrl.IndexOf('?', StringComparison.Ordinal);
        return at < 0 ? null : InteractionState.Fingerprint(new OpenIddictRequest(QueryHelpers.ParseQuery(returnUrl[at..])));
    }
}
