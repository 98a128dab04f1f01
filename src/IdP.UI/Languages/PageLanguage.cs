using System.Globalization;
using IdP.Http;
using IdP.Protocol.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace IdP.UI.Languages;

/// <summary>The language of the pages that people see: their own choice in this browser, what the app asks for, what the browser prefers, English.</summary>
public static class PageLanguage
{
    /// <summary>More than any browser sends; a longer header is not read.</summary>
    private const int MaxHeader = 1000;

    private static readonly TimeSpan Remembered = TimeSpan.FromDays(365);

    public static Language Of(HttpContext http) => Chosen(http) ?? RequestedLanguage.Of(http) ?? Preferred(http.Request) ?? Language.English;

    /// <summary>
    /// From here to the end of the calling method, texts, dates and numbers are in this language. Only what people read is made in such a place: what programs read (JSON, tokens, SQL, logs)
    /// must not depend on whoever is looking.
    /// </summary>
    public static void Use(Language language) => CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = language.Culture;

    internal static void Choose(HttpContext http, Language language)
    {
        var cookie = Cookie(http);
        var options = cookie.Build(http);
        options.MaxAge = Remembered;
        http.Response.Cookies.Append(cookie.Name!, language.Tag, options); // it was given a name
    }

    private static Language? Chosen(HttpContext http) => Language.Find(http.Request.Cookies[Cookie(http).Name!]); // as above

    private static CookieBuilder Cookie(HttpContext http)
    {
        var cookie = new CookieBuilder();
        HostCookie.Protect(cookie, "idp.language", http.RequestServices.GetRequiredService<IConfiguration>());
        return cookie;
    }

    private static Language? Preferred(HttpRequest request)
    {
        if (request.Headers.AcceptLanguage.ToString() is not { Length: > 0 and <= MaxHeader } header) return null;
        if (!StringWithQualityHeaderValue.TryParseList([header], out var ranges)) return null;
        return Language.Lookup(ranges.Where(range => range.Quality is not 0).OrderByDescending(range => range.Quality ?? 1).Select(range => range.Value.ToString())); // a stable order
    }
}
