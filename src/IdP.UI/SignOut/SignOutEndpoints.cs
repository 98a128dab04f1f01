using IdP.Http;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Protocol.Languages;
using IdP.Protocol.Logout;
using IdP.Sessions;
using IdP.SignIn;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Localization;

namespace IdP.UI.SignOut;

/// <summary>Asking before a sign-out, and the page after it.</summary>
internal static class SignOutEndpoints
{
    private const string SignedOut = "/signedout";
    private const string State = "/signedout/state";

    public static void MapSignOut(this IEndpointRouteBuilder endpoints)
    {
        // Also of a session that has ended meanwhile: its form still signs out whoever waits beside it.
        endpoints.MapGet("/signout", AskAsync).ForAnybody();
        endpoints.MapPost("/signout", SignOutAsync).ForAnybody();
        endpoints.MapGet(SignedOut, ShowAsync);
        endpoints.MapGet(State, StateAsync);
    }

    private static async Task<IResult> AskAsync(HttpContext http, Catalog catalog, BrowserAccounts accounts, string? returnUrl, CancellationToken ct)
    {
        var target = LocalUrl.OrDefault(returnUrl ?? SignedOut);
        var logout = await PendingLogout.ReadAsync(target, catalog, ct);
        if (logout is not null) RequestedLanguage.Note(http, logout.UiLocales);
        if (logout?.RedirectUri is { } uri) http.AllowFormTarget(uri);
        IReadOnlyList<string> others = BrowserAccounts.Wait(http) ? [.. (await accounts.ReadAsync(http, ct)).Where(account => !account.IsCurrent).Select(account => account.UserName)] : [];
        return Page.Of<SignOutPage>(new { ReturnUrl = target, App = logout?.Client, Others = others });
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, EndSession endSession, BrowserAccounts accounts, SessionApps apps, SignOutReceipts receipts, Catalog catalog, [FromForm] string? returnUrl, [FromForm] string? others, CancellationToken ct)
    {
        var target = LocalUrl.IsLocal(returnUrl) ? returnUrl! : SignedOut;
        var current = SignedInPerson.From((await http.AuthenticateAsync(SessionAuthenticationHandler.SchemeName)).Principal);
        // Where nobody is the current one any more, whoever waits is who the form is about.
        if (others == "true" || current is null) await accounts.LeaveOthersAsync(http, ct);
        if (current is not { } person) return SeeOther.To(target);

        await endSession.SignOutAsync(person, http, ct);
        var subject = person.UserId.ToString();
        var logout = await PendingLogout.ReadAsync(target, catalog, ct);
        // An app that waits for the browser gets it at once, unless frames must be loaded before.
        if (logout is { RedirectUri: not null } && !(await apps.ReadAsync(subject, person.SessionId, ct)).Any(app => app.FrameAddress is not null)) return SeeOther.To(target);
        return logout is null && target != SignedOut ? SeeOther.To(target) : SeeOther.To(receipts.PageUrl(subject, person.SessionId, logout is null ? null : target));
    }

    private static async Task<IResult> ShowAsync(HttpContext http, SessionApps apps, SignOutReceipts receipts, Catalog catalog, TimeProvider clock, string? receipt, string? returnUrl, bool? again, CancellationToken ct)
    {
        var target = LocalUrl.IsLocal(returnUrl) ? returnUrl : null;
        var logout = target is null ? null : await PendingLogout.ReadAsync(target, catalog, ct);
        if (logout is not null) RequestedLanguage.Note(http, logout.UiLocales);
        var ended = receipts.Open(receipt);
        var reached = ended is null ? [] : await apps.ReadAsync(ended, ct);
        List<string> frames = again is true ? [] : [.. reached.Select(app => app.FrameAddress).OfType<string>()];
        foreach (var frame in frames) http.AllowFrame(frame);
        List<AppReceipt> lines = [.. reached.Select(AppReceipt.Of)];
        var isOpen = lines.Exists(line => line.IsOpen);
        var query = $"?{SignOutReceipts.Parameter}={Uri.EscapeDataString(receipt ?? "")}";
        // An address that is no client's is not repeated, not even in the menu of languages; and what was told through the browser is not told again.
        var known = logout is null || (logout.RedirectUri is null && target!.Contains("post_logout_redirect_uri", StringComparison.Ordinal)) ? "" : "&returnUrl=" + Uri.EscapeDataString(target!); // it was read from it
        PageAddress.Name(http, $"{SignedOut}{query}&again=true{known}");
        return Page.Of<SignedOutPage>(new
        {
            App = logout?.Client,
            ContinueUrl = logout?.RedirectUri is null ? null : target,
            StateUrl = isOpen ? $"{State}{query}&{RequestedLanguage.Parameter}={PageLanguage.Of(http).Tag}" : null,
            RefreshUrl = isOpen ? $"{SignedOut}{query}&again=true{(target is null ? "" : "&returnUrl=" + Uri.EscapeDataString(target))}" : null,
            Apps = lines,
            AccessUntil = AccessUntil(ended, reached, clock),
            Frames = frames,
        });
    }

    /// <summary>For the page's script: the receipt as it is now.</summary>
    private static async Task<IResult> StateAsync(HttpContext http, SessionApps apps, SignOutReceipts receipts, IStringLocalizer<SignOutTexts> texts, string? receipt, CancellationToken ct)
    {
        if (receipts.Open(receipt) is not { } ended) return Results.NotFound();
        List<AppReceipt> lines = [.. (await apps.ReadAsync(ended, ct)).Select(AppReceipt.Of)];
        http.Response.Headers.CacheControl = "no-store";
        PageLanguage.Use(PageLanguage.Of(http));
        return Results.Json(new { apps = lines.ConvertAll(line => new { line.Id, State = texts[line.State].Value, line.Kind }), isOpen = lines.Exists(line => line.IsOpen), needsCare = lines.Exists(line => line.NeedsCare) });
    }

    /// <summary>When the last access token that an API may check without asking here is over; null when none is left. Nothing was renewed after the end.</summary>
    private static DateTimeOffset? AccessUntil(SignedOut? ended, IReadOnlyList<SessionApp> apps, TimeProvider clock) =>
        ended is not null && apps.Count > 0 && ended.At + apps.Max(app => app.AccessTokenLifetime) is var until && until > clock.GetUtcNow() ? until : null;
}
