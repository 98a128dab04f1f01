using IdP.Access;
using IdP.Credentials;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.SignIn;
using IdP.UI.Account.Security;
using IdP.UI.Design;
using IdP.UI.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace IdP.UI.SignIn;

/// <summary>A first second factor, added on the way in because a policy asks for one; EnrolAtSignIn decides.</summary>
internal static class EnrolEndpoints
{
    private const string Path = "/signin/enrol";

    public static void MapEnrol(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, ShowAsync).ForAnybody();
        endpoints.MapPost(Path + "/app", AddAppAsync).ForAnybody();
        endpoints.MapPost(Path + "/later", PostponeAsync).ForAnybody();
        endpoints.MapPost(Path + "/passkey", AddPasskeyAsync).ForAnybody();
        endpoints.MapPost(Path + "/passkey/options", ChallengeAsync).ForAnybody();
    }

    public static string UrlOf(string handle) => $"{Path}?login={handle}";

    /// <summary>The page itself, also where a code by mail would do.</summary>
    public static string AddUrlOf(string handle) => UrlOf(handle) + "&add=1";

    /// <param name="add">Set by whoever would rather add a factor than show a code by mail, where that is offered.</param>
    private static async Task<IResult> ShowAsync(HttpContext http, PendingLogins logins, EnrolAtSignIn enrol, MailFactor mail, IConfiguration configuration, string? login, string? add, CancellationToken ct)
    {
        var found = await logins.FindAsync(login, http, ct);
        // Who may go on without it is not asked for a code instead.
        if (add is null && found is PendingLoginState.Open open && await mail.IsOfferedAsync(open.Login, open.User, ct) && await enrol.DemandAsync(open.Login, http, ct) is { PostponableUntil: null })
            return SeeOther.To(FactorEndpoints.UrlOf(login!)); // it was found by it
        return await PageAsync(http, found, enrol, configuration, login, null, null, ct);
    }

    private static async Task<IResult> AddAppAsync(HttpContext http, PendingLogins logins, EnrolAtSignIn enrol, IConfiguration configuration, [FromForm] string? login, [FromForm] string? secret, [FromForm] string? code, CancellationToken ct)
    {
        var found = await logins.FindAsync(login, http, ct);
        if (found is not PendingLoginState.Open open || await enrol.DemandAsync(open.Login, http, ct) is not { Factor: FactorDemand.Mfa }) return await PageAsync(http, found, enrol, configuration, login, null, null, ct);
        return await AnswerAsync(http, open, await enrol.AddAppAsync(open.Login, open.User, secret, code ?? "", http, ct), enrol, configuration, login, secret, ct);
    }

    private static async Task<IResult> AddPasskeyAsync(HttpContext http, PendingLogins logins, EnrolAtSignIn enrol, IConfiguration configuration, [FromForm] string? login, [FromForm] string? credential, [FromForm] string? state, CancellationToken ct)
    {
        var found = await logins.FindAsync(login, http, ct);
        if (found is not PendingLoginState.Open open || await enrol.DemandAsync(open.Login, http, ct) is null) return await PageAsync(http, found, enrol, configuration, login, null, null, ct);
        return await AnswerAsync(http, open, await enrol.AddPasskeyAsync(open.Login, open.User, credential ?? "", state ?? "", http, ct), enrol, configuration, login, null, ct);
    }

    private static async Task<IResult> PostponeAsync(HttpContext http, PendingLogins logins, EnrolAtSignIn enrol, IConfiguration configuration, [FromForm] string? login, CancellationToken ct)
    {
        var found = await logins.FindAsync(login, http, ct);
        return found is PendingLoginState.Open open && await enrol.PostponeAsync(open.Login, open.User, http, ct) ? SeeOther.To(open.Login.ReturnUrl) : await PageAsync(http, await logins.FindAsync(login, http, ct), enrol, configuration, login, null, null, ct);
    }

    private static async Task<IResult> ChallengeAsync(HttpContext http, PendingLogins logins, EnrolAtSignIn enrol, [FromForm] string? login, CancellationToken ct) =>
        await logins.FindAsync(login, http, ct) is PendingLoginState.Open open && await enrol.DemandAsync(open.Login, http, ct) is not null && await enrol.ChallengeAsync(open.Login, open.User, http, ct) is { } challenge
            ? PasskeyEndpoints.Answer(challenge) : Results.NotFound();

    private static async Task<IResult> AnswerAsync(HttpContext http, PendingLoginState.Open open, Outcome<Enrolled> outcome, EnrolAtSignIn enrol, IConfiguration configuration, string? login, string? secret, CancellationToken ct)
    {
        if (!outcome.Succeeded(out var enrolled, out var failure)) return await PageAsync(http, open, enrol, configuration, login, secret, failure, ct);
        return enrolled.RecoveryCodes.Count > 0 ? Page.Of<RecoveryCodesPage>(new { Codes = enrolled.RecoveryCodes, IsNew = true, ContinueUrl = open.Login.ReturnUrl }) : SeeOther.To(open.Login.ReturnUrl);
    }

    private static async Task<IResult> PageAsync(HttpContext http, PendingLoginState found, EnrolAtSignIn enrol, IConfiguration configuration, string? login, string? secret, Failure? failure, CancellationToken ct)
    {
        switch (found)
        {
            case PendingLoginState.Completed completed: return SeeOther.To(completed.ReturnUrl);
            case PendingLoginState.Over over: return SeeOther.To("/signin?over=1&returnUrl=" + Uri.EscapeDataString(over.ReturnUrl));
            case not PendingLoginState.Open: return SeeOther.To("/signin?over=1");
        }
        var open = (PendingLoginState.Open)found;
        if (await enrol.DemandAsync(open.Login, http, ct) is not { } demand) return SeeOther.To(PolicyGate.RefusedUrl(PolicyAnswer.Enrol, open.Login.ReturnUrl, http));
        PageAddress.Name(http, AddUrlOf(login!)); // it was found by it
        var offer = demand.Factor is FactorDemand.Mfa ? enrol.OfferApp(open.Login, open.User, new Uri(configuration["Issuer"]!, UriKind.Absolute).Host, secret) : null; // checked at start
        return Page.Of<EnrolPage>(new { Handle = login, PersonName = open.User.DisplayName, open.Login.ReturnUrl, Offer = offer, Picture = offer is null ? null : QrPicture.Of(offer.Address), Failure = failure, demand.PostponableUntil });
    }
}
