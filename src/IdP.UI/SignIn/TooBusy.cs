using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace IdP.UI.SignIn;

/// <summary>A password that was not looked at, for want of capacity or of tries: status 429 (RFC 6585 4) with Retry-After, and the same form with a sentence.</summary>
internal static class TooBusy
{
    public const int Status = StatusCodes.Status429TooManyRequests;
    private const int Minute = 60;

    /// <summary>Sets the header and answers what the page says.</summary>
    public static string Say(HttpContext http, TimeSpan retryAfter)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds));
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (seconds <= Minute) return "Too many people sign in right now. Nothing is lost: try again in a moment.";
        var minutes = (seconds + Minute - 1) / Minute;
        return string.Create(CultureInfo.InvariantCulture, $"Too many sign-ins failed in your network. Nothing is lost: try again in {minutes} minutes.");
    }
}
