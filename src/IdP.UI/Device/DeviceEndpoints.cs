using System.Globalization;
using IdP.Devices;
using IdP.Protocol;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Protocol.Device;
using IdP.Sessions;
using IdP.UI.Consent;
using IdP.UI.Design;
using IdP.UI.Languages;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.Device;

/// <summary>
/// Connecting a device (RFC 8628 3.3): enter the code, sign in when needed, confirm, done. A code in the address (verification_uri_complete) only fills
/// the field; nothing is looked up for a person who is not signed in, and nothing is allowed without the last page's button.
/// </summary>
internal static class DeviceEndpoints
{
    private const string Answer = ProtocolPaths.Device + "/answer";
    private const string Done = ProtocolPaths.Device + "/done";
    private static readonly Text NotACode = new("Error_NotACode");
    private static readonly Text UnknownCode = new("Error_UnknownCode");
    private static readonly Text AnsweredElsewhere = new("Error_AnsweredElsewhere");

    public static void MapDevice(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(ProtocolPaths.Device, ShowAsync);
        endpoints.MapPost(ProtocolPaths.Device, Enter);
        endpoints.MapPost(Answer, AnswerAsync);
        endpoints.MapGet(Done, ShowDoneAsync);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, DeviceTicket ticket, ConnectDevice devices, Catalog catalog, [FromQuery(Name = "user_code")] string? filled, string? entry, CancellationToken ct)
    {
        if (ticket.OpenTyped(entry) is not { } code) return CodePage(http, UserCode.TryParse(filled, out var bare) ? UserCode.Show(bare) : null);

        var person = SignedInPerson.From((await http.AuthenticateAsync(SessionAuthenticationHandler.SchemeName)).Principal);
        var here = "returnUrl=" + Uri.EscapeDataString(http.Request.PathBase + http.Request.Path + http.Request.QueryString);
        if (person is null) return SeeOther.To(http.Request.PathBase + "/signin?" + here);
        if (person.MustChangePassword) return SeeOther.To(http.Request.PathBase + "/account/password?" + here);

        var (request, wait) = await devices.FindAsync(person, http.Connection.RemoteIpAddress, code, ct);
        if (wait is { } time) return Wait(http, time);
        if (request is null) return CodePage(http, UserCode.Show(code), UnknownCode);
        if (await devices.ObstacleAsync(person, request.Client, http.Request.PathBase + http.Request.Path + http.Request.QueryString, http, ct) is { } obstacle) return SeeOther.To(http.Request.PathBase + obstacle.PageUrl);
        return Page.Of<DeviceConfirmPage>(new
        {
            App = request.Client,
            PersonName = person.Name,
            Code = UserCode.Show(code),
            Shown = devices.Show(person, request, code),
            Again = "/signin?" + here,
            Asked = (IReadOnlyList<string>)request.Scopes,
            Resources = await catalog.GetResourcesAsync(ct),
        });
    }

    private static IResult Enter(HttpContext http, DeviceTicket ticket, [FromForm(Name = "user_code")] string? typed) => UserCode.TryParse(typed, out var code)
        ? SeeOther.To(http.Request.PathBase + ProtocolPaths.Device + "?entry=" + Uri.EscapeDataString(ticket.SealTyped(code)))
        : CodePage(http, typed is { Length: <= 64 } ? typed : null, NotACode);

    private static async Task<IResult> AnswerAsync(HttpContext http, ConnectDevice devices, [FromForm] string? shown, [FromForm] string? decision, CancellationToken ct)
    {
        var person = SignedInPerson.From((await http.AuthenticateAsync(SessionAuthenticationHandler.SchemeName)).Principal);
        if (person is null) return SeeOther.To(http.Request.PathBase + ProtocolPaths.Device);

        string[] chosen = [.. http.Request.Form["scopes"].OfType<string>()];
        var allow = decision == "allow";
        if (await devices.AnswerAsync(person, shown, chosen, allow, http, ct) is not { } client) return CodePage(http, null, AnsweredElsewhere);
        return SeeOther.To($"{http.Request.PathBase}{Done}?outcome={(allow ? "allowed" : "denied")}&client_id={Uri.EscapeDataString(client.ClientId)}");
    }

    private static async Task<IResult> ShowDoneAsync(Catalog catalog, string? outcome, [FromQuery(Name = "client_id")] string? clientId, CancellationToken ct)
    {
        var client = clientId is null ? null : await catalog.FindClientAsync(clientId, ct);
        return Page.Of<DeviceDonePage>(new { Allowed = outcome == "allowed", App = client is { Enabled: true } ? client : null });
    }

    private static IResult Wait(HttpContext http, TimeSpan time)
    {
        var seconds = (int)Math.Ceiling(time.TotalSeconds);
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var minutes = (seconds + 59) / 60;
        return CodePage(http, null, minutes == 1 ? new("Error_WaitMinute") : new("Error_Wait", minutes), StatusCodes.Status429TooManyRequests);
    }

    private static IResult CodePage(HttpContext http, string? code, Text? error = null, int status = StatusCodes.Status200OK)
    {
        if (!HttpMethods.IsGet(http.Request.Method)) PageAddress.Name(http, http.Request.PathBase + ProtocolPaths.Device);
        return Page.Of<DeviceCodePage>(new { Code = code, Error = error }, status);
    }
}
