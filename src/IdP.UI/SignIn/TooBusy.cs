using System.Globalization;
using IdP.UI.Languages;
using Microsoft.AspNetCore.Http;

namespace IdP.UI.SignIn;

/// <summary>A password that was not looked at, for want of capacity or of tries: status 429 (RFC 6585 4) with Retry-After, and the same form with a sentence.</summary>
internal static class TooBusy
{
    public const int Status = StatusCodes.Status429TooManyRequests;
    private const int Minute = 60;

    /// <summary>Sets the header and answers what the page says.</summary>
    public static Text Say(HttpContext http, TimeSpan retryAfter)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds));
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (seconds <= Minute) return new("Error_Busy");
        var minutes = (seconds + Minute - 1) / Minute;
        return new("Error_BusyNetwork", minutes);
    }
}
