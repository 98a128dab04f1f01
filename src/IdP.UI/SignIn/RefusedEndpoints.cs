using IdP.Policies;
using IdP.SignIn;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.SignIn;

/// <summary>Tells a person whom a sign-in policy does not let in what can be done about it. It shows no more than the address says, and decides nothing.</summary>
internal static class RefusedEndpoints
{
    private const int TraceLength = 32;

    public static void MapRefused(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(PolicyGate.RefusedPath, (string? why, string? trace, string? returnUrl) => Page.Of<RefusedPage>(new
    {
        NeedsFactor = why == "factor",
        IsUnusual = why == "unusual",
        TraceId = TraceOf(trace),
        ReturnUrl = LocalUrl.OrDefault(returnUrl),
    }, StatusCodes.Status403Forbidden)).ForAnybody();

    /// <summary>Whoever sends somebody here must not be able to put words on the page.</summary>
    internal static string? TraceOf(string? trace) => trace is { Length: TraceLength } && trace.All(char.IsAsciiHexDigit) ? trace : null;
}
