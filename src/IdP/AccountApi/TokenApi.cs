using System.Text.Json;
using IdP.Access;
using IdP.Data;
using IdP.PersonalTokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdP.AccountApi;

/// <summary>Personal access tokens. One of them, shown here itself, sees the list and takes tokens back; it makes none, because nobody has shown who they are.</summary>
internal static class TokenApi
{
    private sealed record NewToken(string? Name, IReadOnlyList<string?>? Scopes, int? Days);

    public static void MapTokens(this IEndpointRouteBuilder api)
    {
        api.MapGet("/tokens", ListAsync).Reads();
        api.MapPost("/tokens", MakeAsync).WritesSignIn();
        api.MapDelete("/tokens/{id:guid}", async (HttpContext http, Guid id, RevokePersonalTokens revoke, CancellationToken ct) =>
            (await revoke.OwnAsync(ApiCall.Of(http).UserId, id, ct)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.NoContent()).Writes();
    }

    private static async Task<IResult> ListAsync(HttpContext http, OwnPersonalTokens own, CancellationToken ct) => !own.IsOn ? ApiProblem.Of(http, Failure.NotFound("page")) : Results.Json(new
    {
        tokens = (await own.ListAsync(ApiCall.Of(http).UserId, ct)).Select(one => new
        {
            one.Token.Id, one.Token.Name, one.Token.Scopes, one.Token.CreatedAt, one.Token.ExpiresAt, one.Token.LastUsedAt, State = JsonNamingPolicy.SnakeCaseLower.ConvertName(one.State.ToString()),
        }),
        scopes = (await own.ScopesAsync(ct)).Select(scope => new { scope.Name, scope.DisplayName, scope.Description }),
        own.MaxDays,
    });

    private static Task<IResult> MakeAsync(HttpContext http, IdpDbContext db, MakePersonalToken make, CancellationToken ct) => ApiBody.ReadAsync<NewToken>(http, async (body, _) =>
    {
        if (await ApiCall.Of(http).PersonAsync(db, ct) is not { } person) return ApiProblem.Of(http, StatusCodes.Status401Unauthorized, "invalid_token", "The session of the access token has ended.");
        return (await make.ExecuteAsync(person, new(body.Name, [.. (body.Scopes ?? []).Select(scope => scope ?? "")], body.Days), ct)).Succeeded(out var made, out var failure)
            ? Results.Json(new { made.Token.Id, made.Token.Name, Token = made.Value, made.Token.Scopes, made.Token.CreatedAt, made.Token.ExpiresAt }, statusCode: StatusCodes.Status201Created)
            : ApiProblem.Of(http, failure);
    });
}
