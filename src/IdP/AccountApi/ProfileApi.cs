using IdP.Data;
using IdP.Profile;
using IdP.SignUp;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.AccountApi;

internal static class ProfileApi
{
    public static void MapProfile(this IEndpointRouteBuilder api)
    {
        api.MapGet("", ShowAsync).Reads();
        api.MapPatch("", UpdateAsync).Writes();
        api.MapPost("/email", AskForEmailAsync).WritesSignIn();
        api.MapPost("/email/confirmation", (HttpContext http, ConfirmEmail confirm, CancellationToken ct) => ApiBody.NoneAsync(http, async () =>
            (await confirm.AskAsync(ApiCall.Of(http).UserId, ct)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.StatusCode(StatusCodes.Status202Accepted))).Writes();
    }

    private static async Task<IResult> ShowAsync(HttpContext http, IdpDbContext db, CancellationToken ct)
    {
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == ApiCall.Of(http).UserId, ct);
        return Show(http, user);
    }

    private static IResult Show(HttpContext http, User user)
    {
        http.Response.Headers.ETag = $"\"{user.ConcurrencyStamp}\"";
        return Results.Json(new
        {
            Sub = ApiCall.Of(http).Caller.Shown,
            user.UserName,
            user.Name,
            user.GivenName,
            user.FamilyName,
            user.Locale,
            user.Email,
            EmailVerified = user.EmailConfirmed,
            user.CreatedAt,
            user.UpdatedAt,
        });
    }

    /// <summary>A merge patch (RFC 7396): a member that is not there stays, null takes away.</summary>
    private static Task<IResult> UpdateAsync(HttpContext http, IdpDbContext db, UpdateProfile update, CancellationToken ct) => ApiBody.ReadAsync<ProfilePatch>(http, async (patch, given) =>
    {
        if (http.Request.Headers.IfMatch is not [{ Length: > 2 } version]) return ApiProblem.Of(http, StatusCodes.Status428PreconditionRequired, "version_required", "Send the ETag of what you change as If-Match.");
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == ApiCall.Of(http).UserId, ct);
        string? Next(string member, string? now, string? then) => given.Contains(member) ? then : now;
        var settings = new ProfileSettings(Next("name", user.Name, patch.Name), Next("givenName", user.GivenName, patch.GivenName), Next("familyName", user.FamilyName, patch.FamilyName), Next("locale", user.Locale, patch.Locale));
        return (await update.ExecuteAsync(user.Id, version.Trim('"'), settings, ct)).Succeeded(out var updated, out var failure) ? Show(http, updated) : ApiProblem.Of(http, failure);
    });

    /// <summary>202: it is the new mailbox that decides.</summary>
    private static Task<IResult> AskForEmailAsync(HttpContext http, ChangeEmail change, CancellationToken ct) => ApiBody.ReadAsync<NewEmail>(http, async (body, _) =>
        (await change.AskAsync(ApiCall.Of(http).UserId, body.Email, ct)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.StatusCode(StatusCodes.Status202Accepted));

    private sealed record ProfilePatch(string? Name, string? GivenName, string? FamilyName, string? Locale);

    private sealed record NewEmail(string? Email);
}
