using IdP.Consents;
using IdP.Http;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Sessions;
using IdP.SignIn;
using IdP.UI.Design;
using IdP.UI.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.Consent;

internal static class ConsentEndpoints
{
    public static void MapConsent(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/consent", ShowAsync);
        endpoints.MapPost("/consent", SubmitAsync);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, Catalog catalog, PendingAuthorizations requests, string? returnUrl, CancellationToken ct)
    {
        if (await ReadAsync(http, requests, returnUrl) is not var (person, pending)) return SeeOther.To(LocalUrl.Default);
        if (pending.RedirectUri is { } uri) http.AllowFormTarget(uri);
        return Page.Of<ConsentPage>(new
        {
            App = pending.Client,
            PersonName = person.Name,
            ReturnUrl = returnUrl!,
            Asked = (IReadOnlyList<string>)pending.Asked,
            Resources = await catalog.GetResourcesAsync(ct),
            CanRemember = pending.Client.AllowRememberConsent,
        });
    }

    private static async Task<IResult> SubmitAsync(HttpContext http, PendingAuthorizations requests, Consenting consents,
        [FromForm] string? returnUrl, [FromForm] string? decision, [FromForm] string? remember, CancellationToken ct)
    {
        if (await ReadAsync(http, requests, returnUrl) is not var (person, pending)) return SeeOther.To(LocalUrl.Default);
        string[] chosen = [.. http.Request.Form["scopes"].OfType<string>()];
        var answer = await consents.AnswerAsync(person, pending.Client, pending.Asked, chosen, decision == "allow", remember == "true", pending.Fingerprint, ct);
        return SeeOther.To($"{returnUrl}&{ConsentTicket.Parameter}={Uri.EscapeDataString(answer)}");
    }

    private static async Task<(SignedInPerson Person, PendingAuthorization Pending)?> ReadAsync(HttpContext http, PendingAuthorizations requests, string? returnUrl)
    {
        if (!LocalUrl.IsLocal(returnUrl)) return null;
        var person = SignedInPerson.From((await http.AuthenticateAsync(SessionAuthenticationHandler.SchemeName)).Principal);
        return person is not null && await requests.FindAsync(returnUrl!, http) is { } pending ? (person, pending) : null;
    }
}
