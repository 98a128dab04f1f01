using System.Globalization;
using IdP.Access;
using IdP.PersonalTokens;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.UI.Console;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.UI.Account.Tokens;

/// <summary>Personal access tokens. To make one the person must have shown recently who they are; to take one back a session is enough.</summary>
internal static class TokenEndpoints
{
    private const string Path = "/account/tokens", NewPath = Path + "/new";

    public static void MapTokens(this IEndpointRouteBuilder account)
    {
        account.MapGet("/tokens", ShowAsync);
        account.MapPost("/tokens/{id:guid}/revoke", async (HttpContext http, Guid id, RevokePersonalTokens revoke, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
            (await revoke.OwnAsync(Person(http).UserId, id, ct)).Failure is null ? SeeOther.To(Path + "?done=revoked") : Results.NotFound());
        var making = account.MapGroup("/tokens/new").RequireRecentProof(_ => NewPath);
        making.MapGet("/", (HttpContext http, CancellationToken ct) => FormAsync(http, new(null, [], null, Guid.NewGuid()), null, ct));
        making.MapPost("/", MakeAsync);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, OwnPersonalTokens own, string? done, CancellationToken ct)
    {
        if (!own.IsOn) return Results.NotFound();
        var person = Person(http);
        return Page.Of<TokensPage>(new { ConsoleUrl = ConsoleAccess.UrlFor(person.Roles), Tokens = await own.ListAsync(person.UserId, ct), MayMake = await own.AreOfferedAsync(ct), Notice = done is "revoked" ? new Text("Notice_Revoked") : null });
    }

    private static async Task<IResult> MakeAsync(HttpContext http, MakePersonalToken make, [FromForm] string? name, [FromForm] string[]? scopes, [FromForm] string? days, [FromForm] string? request, CancellationToken ct)
    {
        var wanted = new WantedPersonalToken(name, scopes ?? [], int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null, Guid.TryParse(request, out var id) ? id : null);
        // The answer to the post itself: the value exists nowhere else and cannot be fetched again.
        return (await make.ExecuteAsync(Person(http), wanted, ct)).Succeeded(out var made, out var failure)
            ? Page.Of<MadeTokenPage>(new { ConsoleUrl = ConsoleAccess.UrlFor(Person(http).Roles), Made = made })
            : await FormAsync(http, wanted, failure, ct);
    }

    private static async Task<IResult> FormAsync(HttpContext http, WantedPersonalToken wanted, Failure? failure, CancellationToken ct)
    {
        var own = http.RequestServices.GetRequiredService<OwnPersonalTokens>();
        if (!await own.AreOfferedAsync(ct)) return Results.NotFound();
        if (failure is not null) PageAddress.Name(http, NewPath);
        return Page.Of<NewTokenPage>(new
        {
            ConsoleUrl = ConsoleAccess.UrlFor(Person(http).Roles), Wanted = wanted, Failure = failure, Scopes = await own.ScopesAsync(ct), own.Lengths, Now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(),
        }, failure?.ToStatus() ?? StatusCodes.Status200OK);
    }

    private static SignedInPerson Person(HttpContext http) => SignedInPerson.From(http.User)!; // the group is for signed-in people
}
