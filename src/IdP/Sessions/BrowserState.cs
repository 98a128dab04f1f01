using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace IdP.Sessions;

/// <summary>
/// What the frame at <c>check_session_iframe</c> compares (OpenID Connect Session Management 1.0, 3.2): a cookie that its script can read, that changes with
/// every sign-in and is gone after a sign-out. It is derived one way from the session's handle, so it opens nothing, and a planted one is replaced.
/// </summary>
internal static class BrowserState
{
    private const string Cookie = "idp.state";

    public static void Write(HttpContext http, string handle) => http.Response.Cookies.Append(CookieName(http), Of(handle), Options(http));

    /// <summary>Gives the browser back what it has lost, or what somebody else has put in its place.</summary>
    public static string? Restore(HttpContext http)
    {
        if (Handles.Read(http, SessionAuthenticationHandler.Cookie) is not { } handle) return null;
        var state = Of(handle);
        if (!http.Request.Cookies.TryGetValue(CookieName(http), out var present) || present != state) Write(http, handle);
        return state;
    }

    public static void Delete(HttpContext http) => http.Response.Cookies.Delete(CookieName(http), Options(http));

    private static string Of(string handle) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes("browser state of " + handle)));

    private static string CookieName(HttpContext http) => http.Request.IsHttps ? "__Host-" + Cookie : Cookie;

    /// <summary>The frame lies in the pages of other sites, and browsers give such a frame only cookies that say so, over https.</summary>
    private static CookieOptions Options(HttpContext http) => new()
    {
        HttpOnly = false, Secure = http.Request.IsHttps, SameSite = http.Request.IsHttps ? SameSiteMode.None : SameSiteMode.Lax, Path = "/", IsEssential = true,
    };
}
