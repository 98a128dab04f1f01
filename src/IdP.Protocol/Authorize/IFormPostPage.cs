using Microsoft.AspNetCore.Http;

namespace IdP.Protocol.Authorize;

/// <summary>Seam to the user interface: the page that carries an answer to the app in a form (OAuth 2.0 Form Post Response Mode 1.0).</summary>
public interface IFormPostPage
{
    Task WriteAsync(HttpContext http, FormPostAnswer answer);
}

/// <summary>Codes, tokens or an error on their way to the app.</summary>
/// <param name="RedirectUri">Registered for the client.</param>
/// <param name="Fields">From the request or made by us: to be encoded, whatever they contain.</param>
public sealed record FormPostAnswer(string RedirectUri, string? AppName, IReadOnlyList<KeyValuePair<string, string>> Fields);
