using IdP.Http;
using IdP.Notices;
using IdP.Protocol.Authorize;
using IdP.UI.Design;
using IdP.UI.Recovery;
using IdP.UI.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.Notices;

/// <summary>"This was not me": the link of a notice asks, its form freezes the account.</summary>
internal static class FreezeEndpoints
{
    /// <summary>Says that the account is frozen.</summary>
    public const string DonePath = FreezeAccount.Path + "/done";

    public static void MapFreeze(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ForAnybody();
        pages.MapGet(FreezeAccount.Path, AskAsync);
        pages.MapPost(FreezeAccount.Path, FreezeAsync);
        pages.MapGet(DonePath, () => Page.Of<FrozenPage>());
    }

    private static async Task<IResult> AskAsync(FreezeAccount freeze, string? token, CancellationToken ct) =>
        await freeze.FindAsync(token, ct) is { User: { } user } ? Page.Of<FreezePage>(new { Token = token, UserName = user.UserName }) : Over();

    private static async Task<IResult> FreezeAsync(HttpContext http, FreezeAccount freeze, [FromForm] string? token, CancellationToken ct) =>
        (await freeze.ExecuteAsync(token, http, ct)).Failure is null ? SeeOther.To(DonePath) : Over();

    private static IResult Over() => Page.Of<LinkOverPage>(null, StatusCodes.Status410Gone);
}
