using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;

namespace IdP.Protocol.Languages;

/// <summary>
/// The language that an app asks for by <c>ui_locales</c> (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 1.0 2). It travels with the request: in its own parameters, in the return
/// address that every page on the way carries, or in what was pushed. So each tab has its own, and nothing is kept.
/// </summary>
public static class RequestedLanguage
{
    public const string Parameter = "ui_locales";

    private static readonly object Noted = new();

    /// <summary>Null when the app asks for none of ours.</summary>
    public static Language? Of(HttpContext http) => Language.LookupList(
        http.Items[Noted] as string ?? (string?)http.GetOpenIddictServerRequest()?[Parameter] ?? (http.Request.Query[Parameter] is [{ } own] ? own : null));

    /// <summary>The request that a page belongs to has been read: what it asked for.</summary>
    public static void Note(HttpContext http, string? list) => http.Items[Noted] = list;
}
