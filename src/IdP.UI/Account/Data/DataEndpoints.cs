using IdP.Access;
using IdP.Erasures;
using IdP.Exports;
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

/// <summary>What is kept about a person: they get a copy, and have it deleted. Whoever opens this must have shown recently who they are.</summary>
internal static class DataEndpoints
{
    private const string Path = "/account/data";

    /// <summary>Says that the account is kept.</summary>
    private const string KeptPath = CancelErasure.Path + "/cancelled";

    public static void MapData(this IEndpointRouteBuilder account)
    {
        var data = account.MapGroup("/data").RequireRecentProof(_ => Path);
        data.MapGet("/", (HttpContext http, CancellationToken ct) => DataPageAsync(http, ct));
        data.MapPost("/export", async (HttpContext http, RequestExport request, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
            (await request.ExecuteAsync(Person(http).UserId, ct)).Failure is { } failure ? await DataPageAsync(http, ct, failure) : SeeOther.To(Path));
        data.MapGet("/export", async (HttpContext http, DownloadExport download, CancellationToken ct) =>
            await download.FindAsync(Person(http).UserId, ct) is { State: ExportState.Ready } export ? Results.Stream(output => download.WriteAsync(export, output, ct), "application/json", "my-data.json") : Results.NotFound());
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
        if (confirm != "true") return await DataPageAsync(http, ct, error: new Text("Delete_Unconfirmed"));
        return (await begin.OfSelfAsync(Person(http).UserId, ct)).Succeeded(out var begun, out var failure) ? SeeOther.To(new Uri(begun.CancelLink).PathAndQuery) : await DataPageAsync(http, ct, failure);
    }

    private static async Task<IResult> DataPageAsync(HttpContext http, CancellationToken ct, Failure? failure = null, Text? error = null)
    {
        if (!HttpMethods.IsGet(http.Request.Method)) PageAddress.Name(http, Path);
        var services = http.RequestServices;
        var download = services.GetRequiredService<DownloadExport>();
        return Page.Of<DataPage>(new
        {
            ConsoleUrl = ConsoleAccess.UrlFor(Person(http).Roles), DueAt = services.GetRequiredService<TimeProvider>().GetUtcNow() + services.GetRequiredService<IOptions<ErasureOptions>>().Value.GracePeriod, Failure = failure, Error = error,
            Export = await download.FindAsync(Person(http).UserId, ct), download.Tables,
        }, failure?.ToStatus() ?? (error is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest));
    }

    private static IResult Over() => Page.Of<LinkOverPage>(null, StatusCodes.Status410Gone);

    private static SignedInPerson Person(HttpContext http) => SignedInPerson.From(http.User)!; // the group is for signed-in people
}
