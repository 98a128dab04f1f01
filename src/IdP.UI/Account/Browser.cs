using IdP.Http;

namespace IdP.UI.Account;

/// <summary>A user agent in words.</summary>
internal static class Browser
{
    public static string Describe(string? userAgent)
    {
        if (string.IsNullOrEmpty(userAgent)) return "Unknown browser";
        var (browser, system) = BrowserName.Of(userAgent);
        return system is null ? browser ?? "Another program" : $"{browser ?? "Another program"} on {system}";
    }
}
