using System.Buffers.Text;
using IdP.Access;
using IdP.Credentials;
using IdP.Credentials.AuthenticatorApps;
using IdP.Credentials.Passkeys;
using IdP.Credentials.RecoveryCodes;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.UI.Console;
using IdP.SignIn;
using IdP.UI.Design;
using IdP.UI.Languages;
using IdP.UI.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.Account.Security;

/// <summary>How a person signs in: passkeys, authenticator apps, recovery codes, remembered browsers. Whoever opens this must have shown recently who they are.</summary>
internal static class SecurityEndpoints
{
    private const string Path = "/account/security";

    public static void MapSecurity(this IEndpointRouteBuilder account)
    {
        var security = account.MapGroup("/security").RequireRecentProof(_ => Path);
        security.MapGet("/", ShowAsync);
        security.MapGet("/app", (HttpContext http, AddAuthenticatorApp add, IConfiguration configuration) => AppPage(add.Offer(Person(http), IssuerName(configuration)), null));
        security.MapPost("/app", AddAppAsync);
        security.MapPost("/app/{id:guid}/remove", async (HttpContext http, Guid id, RemoveFactor remove, [FromForm(Name = "csrf")] string? _, CancellationToken ct) => Done(await remove.AuthenticatorAppAsync(Person(http), id, ct), "removed"));
        security.MapPost("/passkeys/options", ChallengeAsync);
        security.MapPost("/passkeys", AddPasskeyAsync);
        security.MapPost("/passkeys/{id}/rename", RenamePasskeyAsync);
        security.MapPost("/passkeys/{id}/remove", RemovePasskeyAsync);
        security.MapPost("/recovery-codes", IssueCodesAsync);
        security.MapPost("/browsers/{id:guid}/forget", async (HttpContext http, Guid id, ForgetBrowser forget, [FromForm(Name = "csrf")] string? _, CancellationToken ct) => Done(await forget.ExecuteAsync(Person(http), id, ct), "forgotten"));
    }

    private static async Task<IResult> ShowAsync(HttpContext http, IdpDbContext db, TimeProvider clock, string? done, CancellationToken ct) =>
        await PageAsync(http, db, clock, done switch { "removed" => new Text("Notice_Removed"), "renamed" => new Text("Notice_Renamed"), "forgotten" => new Text("Notice_Forgotten"), "passkey" => new Text("Notice_Passkey"), "app" => new Text("Notice_App"), _ => null }, null, ct);

    private static async Task<IResult> AddAppAsync(HttpContext http, AddAuthenticatorApp add, IConfiguration configuration, [FromForm] string? secret, [FromForm] string? code, [FromForm] string? name, CancellationToken ct)
    {
        var outcome = await add.ConfirmAsync(Person(http), secret, code ?? "", name, ct);
        if (outcome.Succeeded(out var added, out var failure)) return added.RecoveryCodes.Count > 0 ? CodesPage(added.RecoveryCodes, isNew: true) : SeeOther.To(Path + "?done=app");
        return AppPage(add.Reopen(Person(http), IssuerName(configuration), secret) ?? add.Offer(Person(http), IssuerName(configuration)), failure);
    }

    private static async Task<IResult> ChallengeAsync(HttpContext http, AddPasskey add, [FromForm] string? name, CancellationToken ct) =>
        await add.BeginAsync(Person(http), http, ct) is { } challenge ? PasskeyEndpoints.Answer(challenge) : Results.NotFound();

    private static async Task<IResult> AddPasskeyAsync(
        HttpContext http, AddPasskey add, IdpDbContext db, TimeProvider clock, [FromForm] string? credential, [FromForm] string? state, [FromForm] string? name, CancellationToken ct)
    {
        var outcome = await add.ExecuteAsync(Person(http), credential ?? "", state ?? "", name, http, ct);
        if (outcome.Succeeded(out var added, out var failure)) return added.RecoveryCodes.Count > 0 ? CodesPage(added.RecoveryCodes, isNew: true) : SeeOther.To(Path + "?done=passkey");
        return await PageAsync(http, db, clock, null, failure, ct);
    }

    private static async Task<IResult> RenamePasskeyAsync(HttpContext http, string id, RenamePasskey rename, IdpDbContext db, TimeProvider clock, [FromForm] string? name, CancellationToken ct)
    {
        if (Decode(id) is not { } credentialId) return Results.NotFound();
        var outcome = await rename.ExecuteAsync(Person(http), credentialId, name ?? "", ct);
        return outcome.Failure is { Kind: FailureKind.Invalid } failure ? await PageAsync(http, db, clock, null, failure, ct) : Done(outcome, "renamed");
    }

    private static async Task<IResult> RemovePasskeyAsync(HttpContext http, string id, RemoveFactor remove, [FromForm(Name = "csrf")] string? _, CancellationToken ct) =>
        Decode(id) is { } credentialId ? Done(await remove.PasskeyAsync(Person(http), credentialId, ct), "removed") : Results.NotFound();

    private static async Task<IResult> IssueCodesAsync(HttpContext http, IssueRecoveryCodes issue, IdpDbContext db, TimeProvider clock, [FromForm(Name = "csrf")] string? _, CancellationToken ct)
    {
        var outcome = await issue.ExecuteAsync(Person(http), ct);
        return outcome.Succeeded(out var codes, out var failure) ? CodesPage(codes, isNew: false) : await PageAsync(http, db, clock, null, failure, ct);
    }

    private static async Task<IResult> PageAsync(HttpContext http, IdpDbContext db, TimeProvider clock, Text? notice, Failure? failure, CancellationToken ct)
    {
        var person = Person(http);
        if (!HttpMethods.IsGet(http.Request.Method)) PageAddress.Name(http, Path);
        return Page.Of<SecurityPage>(new { ConsoleUrl = ConsoleAccess.UrlFor(person.Roles), Account = await SecurityView.ReadAsync(person, http, db, clock, ct), Notice = notice, Failure = failure });
    }

    private static IResult AppPage(OfferedSecret offer, Failure? failure) => Page.Of<AddAppPage>(new { Offer = offer, Picture = QrPicture.Of(offer.Address), Failure = failure });

    /// <summary>The answer to the post itself: what it shows exists nowhere else and cannot be fetched again.</summary>
    private static IResult CodesPage(IReadOnlyList<string> codes, bool isNew) => Page.Of<RecoveryCodesPage>(new { Codes = codes, IsNew = isNew });

    private static IResult Done(Outcome<bool> outcome, string done) => outcome.Failure is null ? SeeOther.To($"{Path}?done={done}") : Results.NotFound();

    private static SignedInPerson Person(HttpContext http) => SignedInPerson.From(http.User)!; // the group is for signed-in people

    private static string IssuerName(IConfiguration configuration) => new Uri(configuration["Issuer"]!, UriKind.Absolute).Host; // checked at start

    private static byte[]? Decode(string id) => Base64Url.IsValid(id) ? Base64Url.DecodeFromChars(id) : null;
}
