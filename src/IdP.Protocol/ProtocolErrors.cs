using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;

namespace IdP.Protocol;

/// <summary>The OAuth error of a request that ends on our own page, because the redirect URI is not proven.</summary>
public static class ProtocolErrors
{
    public static (string? Code, string? Description) Find(HttpContext http) =>
        http.GetOpenIddictServerResponse() is { Error: { } error } response ? (error, response.ErrorDescription) : (null, null);
}
