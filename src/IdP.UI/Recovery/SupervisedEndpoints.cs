using IdP.Http;
using IdP.Protocol.Authorize;
using IdP.Recovery;
using IdP.Recovery.Supervised;
using IdP.SignIn;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.Notices;
using IdP.UI.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.Recovery;

/// <summary>For whoever has nothing left to sign in with: asks to be let in, waits in this browser, and goes on once somebody who knows the person has approved. The same for every name.</summary>
internal static class SupervisedEndpoints
{
    private const string Path = "/recovery", WaitingPath = "/recovery/waiting", StatePath = "/recovery/waiting/state", GoOnPath = "/recovery/go-on";
    private const int MaxUserName = 256;

    public static void MapSupervisedRecovery(this IEndpointRouteBuilder endpoints)
    {
        if (!endpoints.ServiceProvider.GetRequiredService<IOptions<RecoveryOptions>>().Value.Supervised) return;
        var pages = endpoints.MapGroup("").ForAnybody();
        pages.MapGet(Path, AskPageAsync);
        pages.MapPost(Path, AskAsync);
        pages.MapGet(WaitingPath, async (HttpContext http, WaitingRecovery waiting, string? request, CancellationToken ct) => WaitPage(http, waiting, await waiting.FindAsync(request, http, ct), request));
        pages.MapGet(StatePath, async (HttpContext http, WaitingRecovery waiting, string? request, CancellationToken ct) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return Results.Json(new { waits = await waiting.FindAsync(request, http, ct) is { } found && waiting.StateOf(found) is RecoveryState.Waiting });
        });
        pages.MapPost(GoOnPath, GoOnAsync);
        pages.MapGet(StopRecovery.Path, async (StopRecovery stop, string? token, CancellationToken ct) => await stop.FindAsync(token, ct) is null ? LinkOver() : Page.Of<StopRecoveryPage>(new { Token = token }));
        pages.MapPost(StopRecovery.Path, async (HttpContext http, StopRecovery stop, [FromForm] string? token, CancellationToken ct) =>
            (await stop.ExecuteAsync(token, http, ct)).Succeeded(out var isFrozen, out _) ? SeeOther.To(isFrozen ? FreezeEndpoints.DonePath : StopRecovery.Path + "/done") : LinkOver());
        pages.MapGet(StopRecovery.Path + "/done", () => Page.Of<StoppedRecoveryPage>());
    }

    /// <summary>The way to it from the pages of a sign-in; null where it is not offered.</summary>
    public static string? UrlFor(HttpContext http, string? userName, string returnUrl) => http.RequestServices.GetRequiredService<IOptions<RecoveryOptions>>().Value.Supervised
        ? $"{Path}?returnUrl={Uri.EscapeDataString(returnUrl)}{(string.IsNullOrEmpty(userName) ? "" : "&as=" + Uri.EscapeDataString(http.RequestServices.GetRequiredService<UserNameTicket>().Seal(userName)))}" : null;

    private static async Task<IResult> AskPageAsync(HttpContext http, PendingAuthorizations requests, UserNameTicket tickets, [FromQuery(Name = "as")] string? ticket, string? returnUrl)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        return Page.Of<AskRecoveryPage>(new { ReturnUrl = target, App = (await requests.FindAsync(target, http))?.Client, UserName = tickets.Open(ticket) });
    }

    private static async Task<IResult> AskAsync(HttpContext http, PendingAuthorizations requests, AskForRecovery ask, [FromForm] string? username, [FromForm] string? returnUrl, CancellationToken ct)
    {
        var (target, name) = (LocalUrl.OrDefault(returnUrl), username?.Trim() ?? "");
        var app = (await requests.FindAsync(target, http))?.Client;
        IResult Again(string? shown, Text error, int status = StatusCodes.Status200OK)
        {
            PageAddress.Name(http, UrlFor(http, shown, target)!); // it is offered
            return Page.Of<AskRecoveryPage>(new { ReturnUrl = target, App = app, UserName = shown, Error = error }, status);
        }
        if (name.Length is 0 or > MaxUserName) return Again(null, new("Error_NoName"));
        var (handle, wait) = await ask.ExecuteAsync(name, PageLanguage.Of(http).Tag, app?.ClientId, target, http, ct);
        return handle is null ? Again(name, TooBusy.Say(http, wait), TooBusy.Status) : SeeOther.To($"{WaitingPath}?request={handle}");
    }

    private static IResult WaitPage(HttpContext http, WaitingRecovery waiting, RecoveryRequest? request, string? handle)
    {
        if (request is null) return SeeOther.To("/signin?over=1");
        return Page.Of<WaitRecoveryPage>(new { Handle = handle, request.Number, request.ReturnUrl, State = waiting.StateOf(request), StateUrl = $"{StatePath}?request={handle}" });
    }

    private static async Task<IResult> GoOnAsync(HttpContext http, WaitingRecovery waiting, [FromForm] string? request, CancellationToken ct)
    {
        var found = await waiting.FindAsync(request, http, ct);
        if (found is not null && await waiting.GoOnAsync(found, http, ct) is { } handle) return SeeOther.To(RescueEndpoints.UrlOf(handle));
        return found is null ? SeeOther.To("/signin?over=1") : SeeOther.To($"{WaitingPath}?request={request}");
    }

    private static IResult LinkOver() => Page.Of<LinkOverPage>(null, StatusCodes.Status410Gone);
}
