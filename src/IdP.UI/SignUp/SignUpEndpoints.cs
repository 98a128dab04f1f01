using IdP.Access;
using IdP.Protocol.Authorize;
using IdP.SignIn;
using IdP.SignUp;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.Recovery;
using IdP.UI.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.SignUp;

/// <summary>New accounts: asked for by somebody, or offered by an invitation. See AccountEndpoints for the confirmation of an address.</summary>
internal static class SignUpEndpoints
{
    public const string Path = "/signup";

    public static void MapSignUp(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ForAnybody();
        if (endpoints.ServiceProvider.GetRequiredService<IOptions<SignUpOptions>>().Value.Enabled)
        {
            pages.MapGet(Path, AskPageAsync);
            pages.MapPost(Path, AskAsync);
        }
        pages.MapGet(FinishSignUp.Path, FinishPageAsync);
        pages.MapPost(FinishSignUp.Path, FinishAsync);
    }

    public static string UrlFor(string returnUrl) => $"{Path}?returnUrl={Uri.EscapeDataString(returnUrl)}";

    private static async Task<IResult> AskPageAsync(HttpContext http, PendingAuthorizations requests, string? returnUrl)
    {
        var target = LocalUrl.OrDefault(returnUrl);
        var pending = await requests.FindAsync(target, http);
        return Page.Of<SignUpPage>(new { ReturnUrl = target, App = pending?.Client, Email = pending?.LoginHint is { } hint && hint.Contains('@', StringComparison.Ordinal) ? hint : null });
    }

    private static async Task<IResult> AskAsync(HttpContext http, PendingAuthorizations requests, RequestSignUp request, [FromForm] string? email, [FromForm] string? returnUrl, CancellationToken ct)
    {
        var (target, address) = (LocalUrl.OrDefault(returnUrl), email?.Trim() ?? "");
        PageAddress.Name(http, UrlFor(target));
        var outcome = await request.ExecuteAsync(address, PageLanguage.Of(http).Tag, target, http, ct);
        if (outcome.Failure is not { } failure) return Page.Of<SignUpSentPage>(new { ReturnUrl = target, Email = address });
        return Page.Of<SignUpPage>(new { ReturnUrl = target, App = (await requests.FindAsync(target, http))?.Client, Email = address, Failure = failure }, Status(http, failure));
    }

    private static async Task<IResult> FinishPageAsync(FinishSignUp finish, string? token, CancellationToken ct) =>
        await finish.FindAsync(token, ct) is ({ }, { } settings) ? Page.Of<FinishSignUpPage>(new { Token = token, Email = settings.Email, Name = settings.Name }) : Over();

    private static async Task<IResult> FinishAsync(HttpContext http, FinishSignUp finish, [FromForm] string? token, [FromForm] string? name, [FromForm] string? password, CancellationToken ct)
    {
        var outcome = await finish.ExecuteAsync(token, name, password ?? "", http, ct);
        if (outcome.Succeeded(out var link, out var failure)) return SeeOther.To(LocalUrl.OrDefault(link.ReturnUrl));
        if (failure.Kind is FailureKind.NotFound || await finish.FindAsync(token, ct) is not ({ }, { } settings)) return Over();
        PageAddress.Name(http, FinishSignUp.Path + "?token=" + token);
        return Page.Of<FinishSignUpPage>(new { Token = token, Email = settings.Email, Name = name, Failure = failure }, Status(http, failure));
    }

    private static int Status(HttpContext http, Failure failure)
    {
        if (failure.RetryAfter is not { } wait) return StatusCodes.Status200OK;
        TooBusy.Say(http, wait);
        return TooBusy.Status;
    }

    private static IResult Over() => Page.Of<LinkOverPage>(null, StatusCodes.Status410Gone);
}
