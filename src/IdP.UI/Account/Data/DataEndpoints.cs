using IdP.Access;
using IdP.Erasures;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.UI.Console;
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

namespace IdP.UI.Account.Data;

/// <summary>What is kept about a person: they have it deleted. Whoever opens this must have shown recently who they are.</summary>
internal static class DataEndpoints
{
    private const string Path = "/account/data";

    /// <summary>Says that the account is kept.</summary>
    private const string KeptPath = CancelErasure.Path + "/cancelled";

    public static void MapData(this IEndpointRouteBuilder account)
    {
        var data = account.MapGroup("/data").RequireRecentProof(_ => Path);
        data.MapGet("/", (HttpContext http) => DataPage(http));
        data.MapPost("/delete", DeleteAsync);
    }

    /// <summary>For people who cannot sign in any more.</summary>
    public static void MapDeletion(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ForAnybody();
        pages.MapGet(CancelErasure.Path, async (CancelErasure cancel, string? token, CancellationToken ct) =>
            await cancel.FindAsync(token, ct) is { } waiting ? Page.Of<DeletionPage>(new { Token = token, waiting.UserName, waiting.DueAt }) : Over());
        pages.MapPost(CancelErasure.Path, async (HttpContext http, CancelErasure cancel, [FromForm] string? token, CancellationToken ct) =>
            (await cancel.ByLinkAsync(token, http, ct)).Failure is null ? SeeOther.To(KeptPath) : Over());
        pages.MapGet(KeptPath, () => Page.Of<KeptPage>());
    }

    private static async Task<IResult> DeleteAsync(HttpContext http, BeginErasure begin, [FromForm] string? confirm, CancellationToken ct)
    {
        if (confirm != "true") return DataPage(http, error: new Text("Delete_Unconfirmed"));
        return (await begin.OfSelfAsync(Person(http), ct)).Succeeded(out var begun, out var failure) ? SeeOther.To(new Uri(begun.CancelLink).PathAndQuery) : DataPage(http, failure);
    }

    private static IResult DataPage(HttpContext http, Failure? failure = null, Text? error = null)
    {
        if (!HttpMethods.IsGet(http.Request.Method)) PageAddress.Name(http, Path);
        var services = http.RequestServices;
        return Page.Of<DataPage>(new
        {
            ConsoleUrl = ConsoleAccess.UrlFor(Person(http).Roles), DueAt = services.GetRequiredService<TimeProvider>().GetUtcNow() + services.GetRequiredService<IOptions<ErasureOptions>>().Value.GracePeriod, Failure = failure, Error = error,
        }, failure?.ToStatus() ?? (error is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest));
    }

    private static IResult Over() => Page.Of<LinkOverPage>(null, StatusCodes.Status410Gone);

    private static SignedInPerson Person(HttpContext http) => SignedInPerson.From(http.User)!; // the group is for signed-in people
}
