using System.Buffers.Text;
using IdP.Access;
using IdP.Credentials;
using IdP.Credentials.Passkeys;
using IdP.Credentials.RecoveryCodes;
using IdP.Data;
using IdP.Http;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace IdP.AccountApi;

/// <summary>How the person signs in, see <see cref="NewFactorApi"/> for what is added.</summary>
internal static class SignInMethodApi
{
    private const int MostBrowsers = 50;

    private sealed record NewPassword(string? Current, string? Replacement);

    private sealed record NewName(string? Name);

    public static void MapSignInMethods(this IEndpointRouteBuilder api)
    {
        api.MapGet("/browsers", ListBrowsersAsync).Reads();
        api.MapDelete("/browsers/{id:guid}", (HttpContext http, IdpDbContext db, Guid id, ForgetBrowser forget, CancellationToken ct) => DoAsync(http, db, person => forget.ExecuteAsync(person, id, ct), ct)).WritesSignIn();
        api.MapPost("/browsers/{id:guid}/remove", (HttpContext http, Guid id, RemoveKnownBrowser remove, CancellationToken ct) => ApiBody.NoneAsync(http, async () =>
            (await remove.ExecuteAsync(ApiCall.Of(http).UserId, id, ct)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.NoContent())).Writes();
        api.MapGet("/factors", ListFactorsAsync).Reads();
        api.MapPut("/password", (HttpContext http, IdpDbContext db, ChangePassword change, CancellationToken ct) => ApiBody.ReadAsync<NewPassword>(http, (body, _) =>
            DoAsync(http, db, person => change.ExecuteAsync(person, body.Current ?? "", body.Replacement ?? "", ct), ct))).ChangesPassword();
        api.MapPatch("/factors/passkeys/{id}", (HttpContext http, IdpDbContext db, string id, RenamePasskey rename, CancellationToken ct) => ApiBody.ReadAsync<NewName>(http, (body, _) =>
            DoAsync(http, db, person => rename.ExecuteAsync(person, Decode(id), body.Name ?? "", ct), ct))).WritesSignIn();
        api.MapDelete("/factors/passkeys/{id}", (HttpContext http, IdpDbContext db, string id, RemoveFactor remove, CancellationToken ct) => DoAsync(http, db, person => remove.PasskeyAsync(person, Decode(id), ct), ct)).WritesSignIn();
        api.MapDelete("/factors/apps/{id:guid}", (HttpContext http, IdpDbContext db, Guid id, RemoveFactor remove, CancellationToken ct) => DoAsync(http, db, person => remove.AuthenticatorAppAsync(person, id, ct), ct)).WritesSignIn();
        api.MapPost("/factors/recovery-codes", IssueCodesAsync).WritesSignIn();
        api.MapNewFactors();
    }

    private static async Task<IResult> ListBrowsersAsync(HttpContext http, IdpDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var (call, now) = (ApiCall.Of(http), clock.GetUtcNow());
        var browsers = await db.KnownDevices.AsNoTracking().Where(d => d.UserId == call.UserId).OrderByDescending(d => d.LastSeenAt).Take(MostBrowsers).ToListAsync(ct);
        return Results.Json(new { browsers = browsers.Select(d => Describe(d, now)) });
    }

    /// <summary>One that is not remembered is only known: strangers' wrong passwords do not lock it out.</summary>
    private static object Describe(KnownDevice device, DateTimeOffset now)
    {
        var (browser, system) = BrowserName.Of(device.UserAgent);
        return new { device.Id, Browser = browser, System = system, FirstSeenAt = device.CreatedAt, device.LastSeenAt, RememberedUntil = device.RememberedUntil > now ? device.RememberedUntil : null };
    }

    private static async Task<IResult> ListFactorsAsync(HttpContext http, IdpDbContext db, CancellationToken ct)
    {
        var call = ApiCall.Of(http);
        var password = await db.Users.AsNoTracking().Where(u => u.Id == call.UserId).Select(u => new { IsSet = u.PasswordHash != null, ChangedAt = u.PasswordChangedAt }).SingleAsync(ct);
        var passkeys = await db.UserPasskeys.AsNoTracking().Where(p => p.UserId == call.UserId).ToListAsync(ct);
        var credentials = await db.Credentials.AsNoTracking().Where(c => c.UserId == call.UserId).ToListAsync(ct);
        return Results.Json(new
        {
            password,
            passkeys = passkeys.OrderBy(p => p.Data.CreatedAt).Select(p => new { Id = Base64Url.EncodeToString(p.CredentialId), p.Data.Name, p.Data.CreatedAt, p.LastUsedAt, IsSynced = p.Data.IsBackedUp }),
            apps = credentials.Where(c => c.Kind == CredentialKinds.AuthenticatorApp).OrderBy(c => c.CreatedAt).Select(c => new { c.Id, c.Name, c.CreatedAt, c.LastUsedAt }),
            recoveryCodes = credentials.Count(c => c.Kind == CredentialKinds.RecoveryCode),
        });
    }

    private static Task<IResult> IssueCodesAsync(HttpContext http, IdpDbContext db, IssueRecoveryCodes issue, CancellationToken ct) => ApiBody.NoneAsync(http, async () =>
        await ApiCall.Of(http).PersonAsync(db, ct) is not { } person ? Over(http)
        : (await issue.ExecuteAsync(person, ct)).Succeeded(out var codes, out var failure) ? Results.Json(new { recoveryCodes = codes }) : ApiProblem.Of(http, failure));

    private static async Task<IResult> DoAsync(HttpContext http, IdpDbContext db, Func<SignedInPerson, Task<Outcome<bool>>> operation, CancellationToken ct) =>
        await ApiCall.Of(http).PersonAsync(db, ct) is not { } person ? Over(http)
        : (await operation(person)).Failure is { } failure ? ApiProblem.Of(http, failure) : Results.NoContent();

    internal static IResult Over(HttpContext http) => ApiProblem.Of(http, StatusCodes.Status401Unauthorized, "invalid_token", "The session of the access token has ended.");

    /// <summary>Nobody has a passkey without an id.</summary>
    private static byte[] Decode(string id) => Base64Url.IsValid(id) ? Base64Url.DecodeFromChars(id) : [];
}
