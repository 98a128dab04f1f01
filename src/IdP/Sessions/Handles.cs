using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace IdP.Sessions;

/// <summary>Random handles kept in cookies; the database has only their hashes, so a stolen table opens no session.</summary>
public static class Handles
{
    public const int Length = 43;
    private const char Separator = '.';
    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Hash(string handle) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(handle)));

    /// <summary>The handle in the cookie, when it has the form of one.</summary>
    public static string? Read(HttpContext http, string cookie) =>
        http.Request.Cookies.TryGetValue(CookieName(http, cookie), out var value) && HasForm(value) ? value : null;

    /// <summary>Of a cookie that holds several, the first ones; what has not the form of a handle is passed over.</summary>
    internal static IReadOnlyList<string> ReadAll(HttpContext http, string cookie, int most) =>
        http.Request.Cookies.TryGetValue(CookieName(http, cookie), out var value) ? [.. value.Split(Separator, most + 1).Take(most).Where(HasForm)] : [];

    /// <summary>Base64url and nothing else: other characters would be lost in the hash, so that two cookies could be one.</summary>
    private static bool HasForm(string value) => value.Length == Length && !value.AsSpan().ContainsAnyExcept(Letters);

    internal static void WriteAll(HttpContext http, string cookie, IReadOnlyList<string> handles, TimeSpan? lifetime)
    {
        if (handles.Count > 0) Write(http, cookie, string.Join(Separator, handles), lifetime);
        else if (http.Request.Cookies.ContainsKey(CookieName(http, cookie))) Delete(http, cookie);
    }

    /// <summary>The <c>__Host-</c> prefix binds the cookie to this host and HTTPS (RFC 6265bis 4.1.3.2); plain HTTP exists only on a developer's loopback.</summary>
    public static void Write(HttpContext http, string cookie, string handle, TimeSpan? lifetime) => http.Response.Cookies.Append(CookieName(http, cookie), handle, Options(http, lifetime));

    public static void Delete(HttpContext http, string cookie) => http.Response.Cookies.Delete(CookieName(http, cookie), Options(http, null));

    private static string CookieName(HttpContext http, string cookie) => http.Request.IsHttps ? "__Host-" + cookie : cookie;

    private static CookieOptions Options(HttpContext http, TimeSpan? lifetime) => new()
    {
        HttpOnly = true, Secure = http.Request.IsHttps, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = lifetime, IsEssential = true,
    };
}
