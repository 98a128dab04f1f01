using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Access;
using IdP.Credentials;
using IdP.Credentials.AuthenticatorApps;
using IdP.Credentials.Passkeys;
using IdP.Data;
using IdP.Protocol.LocalApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace IdP.AccountApi;

/// <summary>
/// A passkey or an authenticator app is added in two steps, as on the page. What the second must know of the first goes out sealed and comes back with it: for this person, this session and, where an authenticator
/// signs, this app alone, for minutes, and once.
/// </summary>
internal static class NewFactorApi
{
    private const string Passkeys = "/factors/passkeys", Apps = "/factors/apps";

    private sealed record NewPasskey(JsonElement? Credential, string? State, string? Name);

    private sealed record NewApp(string? State, string? Code, string? Name);

    public static void MapNewFactors(this IEndpointRouteBuilder api)
    {
        api.MapPost(Passkeys + "/options", (HttpContext http, IdpDbContext db, AddPasskey add, CancellationToken ct) => ApiBody.NoneAsync(http, () => ChallengeAsync(http, db, add, ct))).WritesSignIn();
        api.MapPost(Passkeys, (HttpContext http, IdpDbContext db, AddPasskey add, CancellationToken ct) => ApiBody.ReadAsync<NewPasskey>(http, (body, _) => AddPasskeyAsync(http, body, db, add, ct))).WritesSignIn();
        api.MapPost(Apps + "/options", (HttpContext http, IdpDbContext db, AddAuthenticatorApp add, IConfiguration configuration, CancellationToken ct) => ApiBody.NoneAsync(http, () => OfferAsync(http, db, add, configuration, ct))).WritesSignIn();
        api.MapPost(Apps, (HttpContext http, IdpDbContext db, AddAuthenticatorApp add, CancellationToken ct) => ApiBody.ReadAsync<NewApp>(http, (body, _) => AddAppAsync(http, body, db, add, ct))).WritesSignIn();
    }

    private static async Task<IResult> ChallengeAsync(HttpContext http, IdpDbContext db, AddPasskey add, CancellationToken ct)
    {
        var call = ApiCall.Of(http);
        if (call.Caller.Client is not { } app || await call.PersonAsync(db, ct) is not { } person || await add.BeginAsync(person, http, ct, app.ClientId) is not { } challenge) return SignInMethodApi.Over(http);
        return Results.Json(new { options = JsonNode.Parse(challenge.Options), challenge.State });
    }

    private static async Task<IResult> AddPasskeyAsync(HttpContext http, NewPasskey body, IdpDbContext db, AddPasskey add, CancellationToken ct)
    {
        var call = ApiCall.Of(http);
        if (call.Caller.Client is not { } app || await call.PersonAsync(db, ct) is not { } person) return SignInMethodApi.Over(http);
        return Answer(http, Passkeys, await add.ExecuteAsync(person, body.Credential?.GetRawText() ?? "", body.State ?? "", body.Name, http, ct, app: app.ClientId));
    }

    private static async Task<IResult> OfferAsync(HttpContext http, IdpDbContext db, AddAuthenticatorApp add, IConfiguration configuration, CancellationToken ct)
    {
        if (await ApiCall.Of(http).PersonAsync(db, ct) is not { } person) return SignInMethodApi.Over(http);
        var offer = add.Offer(person, new Uri(configuration["Issuer"]!, UriKind.Absolute).Host); // checked at start
        return Results.Json(new { offer.Secret, Uri = offer.Address, State = offer.Sealed });
    }

    private static async Task<IResult> AddAppAsync(HttpContext http, NewApp body, IdpDbContext db, AddAuthenticatorApp add, CancellationToken ct) =>
        await ApiCall.Of(http).PersonAsync(db, ct) is not { } person ? SignInMethodApi.Over(http) : Answer(http, Apps, await add.ConfirmAsync(person, body.State, body.Code ?? "", body.Name, ct));

    private static IResult Answer(HttpContext http, string path, Outcome<AddedFactor> outcome) =>
        outcome.Succeeded(out var added, out var failure) ? Results.Created($"{http.Request.PathBase}{AccountResource.Path}{path}/{added.Id}", added) : ApiProblem.Of(http, failure);
}
