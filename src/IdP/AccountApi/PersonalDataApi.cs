using IdP.Access;
using IdP.Erasures;
using IdP.Exports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdP.AccountApi;

/// <summary>A copy of what is kept about the person, and their deletion. A deletion closes the account and ends every token, so that its state is shown to whoever has the token it was answered with, and so is its cancelling.</summary>
internal static class PersonalDataApi
{
    private sealed record Wish(bool? Confirm);

    public static void MapPersonalData(this IEndpointRouteBuilder api)
    {
        api.MapPost("/export", (HttpContext http, RequestExport request, DownloadExport download, CancellationToken ct) => ApiBody.NoneAsync(http, async () =>
            (await request.ExecuteAsync(ApiCall.Of(http).UserId, ct)).Succeeded(out var export, out var failure) ? Results.Json(Describe(export, download.Tables), statusCode: StatusCodes.Status202Accepted) : ApiProblem.Of(http, failure))).WritesSignIn();
        api.MapGet("/export", async (HttpContext http, DownloadExport download, CancellationToken ct) =>
            await download.FindAsync(ApiCall.Of(http).UserId, ct) is { } export ? Results.Json(Describe(export, download.Tables)) : ApiProblem.Of(http, Failure.NotFound("copy"))).ReadsAfterProof();
        api.MapGet("/export/file", async (HttpContext http, DownloadExport download, CancellationToken ct) => await download.FindAsync(ApiCall.Of(http).UserId, ct) is { State: ExportState.Ready } export
            ? Results.Stream(output => download.WriteAsync(export, output, ct), "application/json", "my-data.json") : ApiProblem.Of(http, Failure.NotFound("copy"))).ReadsAfterProof();
        api.MapPost("/deletion", DeleteAsync).WritesSignIn();
        api.MapGet("/deletion", (HttpContext http) => Results.Json(new { State = "waiting", DeletionCall.Of(http).Waiting.DueAt })).OfDeletion();
        api.MapDelete("/deletion", async (HttpContext http, CancelErasure cancel, CancellationToken ct) =>
            (await cancel.ByLinkAsync(DeletionCall.Of(http).Token, http, ct, ActorSources.AccountApi)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.NoContent()).OfDeletion();
    }

    private static object Describe(PersonalExport export, int tables) => new
    {
        State = export.State is ExportState.Ready ? "ready" : "running",
        export.RequestedAt,
        export.CompletedAt,
        export.ExpiresAt,
        Progress = new { Done = export.Table, Of = tables },
    };

    /// <summary>An app must not have it done by a call that says nothing, any more than the page by a button alone.</summary>
    private static Task<IResult> DeleteAsync(HttpContext http, BeginErasure begin, CancellationToken ct) => ApiBody.ReadAsync<Wish>(http, async (body, _) =>
        body.Confirm is not true ? ApiProblem.Of(http, Failure.Invalid("confirmation_missing", "Say by confirm that the person means it.", "confirm"))
        : (await begin.OfSelfAsync(ApiCall.Of(http).UserId, ct)).Succeeded(out var begun, out var failure) ? Results.Json(new { begun.Erasure.DueAt, begun.Token, CancelUrl = begun.CancelLink }, statusCode: StatusCodes.Status202Accepted)
        : ApiProblem.Of(http, failure));
}

/// <summary>A request of whoever has the token of a deletion that waits.</summary>
internal sealed record DeletionCall(string Token, WaitingErasure Waiting)
{
    public static DeletionCall Of(HttpContext http) => http.Features.Get<DeletionCall>()!; // its endpoints stand behind the door
}
