using IdP.Http;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.SignIn;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.SignIn;

/// <summary>The page where people choose between the accounts that are signed in at their browser (OpenID Connect Core 3.1.2.1, <c>prompt=select_account</c>).</summary>
internal static class AccountsEndpoints
{
    private const string Path = "/signin/accounts";

    public static void MapAccounts(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, ShowAsync).ForAnybody();
        endpoints.MapPost(Path, ChooseAsync).ForAnybody();
        endpoints.MapPost(Path + "/leave", LeaveAsync).ForAnybody();
    }

    public static string UrlFor(string returnUrl) => $"{Path}?returnUrl={Uri.EscapeDataString(returnUrl)}";

    private static async Task<IResult> ShowAsync(HttpContext http, BrowserAccounts accounts, PendingAuthorizations requests, string? returnUrl, CancellationToken ct)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        var found = await accounts.ReadAsync(http, ct);
        if (found.Count == 0)
        {
            BrowserAccounts.Forget(http);
            return SeeOther.To(SignInEndpoints.UrlFor(target));
        }

        var pending = await requests.FindAsync(target, http);
        if (pending?.RedirectUri is { } uri) http.AllowFormTarget(uri);
        return Page.Of<AccountsPage>(new { ReturnUrl = target, App = pending?.Client, Accounts = found, SignInUrl = SignInEndpoints.UrlFor(target) });
    }

    private static async Task<IResult> ChooseAsync(HttpContext http, BrowserAccounts accounts, PendingAuthorizations requests, [FromForm] Guid? session, [FromForm] string? returnUrl, CancellationToken ct)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        // One that has ended meanwhile, in another tab or by an administrator, is gone from the page.
        return session is { } chosen && await accounts.ChooseAsync(chosen, http, ct) ? SeeOther.To(requests.Choose(target, chosen)) : SeeOther.To(UrlFor(target));
    }

    private static async Task<IResult> LeaveAsync(HttpContext http, BrowserAccounts accounts, [FromForm] Guid? session, [FromForm] string? returnUrl, CancellationToken ct)
    {
        if (session is { } leaving) await accounts.LeaveAsync(leaving, http, ct);
        return SeeOther.To(UrlFor(LocalUrl.OrDefault(returnUrl)));
    }
}
