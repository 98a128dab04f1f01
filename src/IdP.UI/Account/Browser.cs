using IdP.Http;
using Microsoft.Extensions.Localization;

namespace IdP.UI.Account;

/// <summary>A user agent in words.</summary>
internal static class Browser
{
    public static string Describe(string? userAgent, IStringLocalizer<AccountTexts> texts)
    {
        if (string.IsNullOrEmpty(userAgent)) return texts["Browser_Unknown"];
        var (browser, system) = BrowserName.Of(userAgent);
        browser ??= texts["Browser_Other"];
        return system is null ? browser : texts["Browser_On", browser, system];
    }
}
