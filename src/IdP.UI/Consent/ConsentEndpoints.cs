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

    private static async Task<IResult> ShowAsync(HttpContext http, Catalog catalog, string? returnUrl, CancellationToken ct)
    {
        if (await ReadAsync(http, catalog, returnUrl, ct) is not var (person, pending)) return SeeOther.To(LocalUrl.Default);
        if (pending.RedirectUri is { } uri) http.AllowFormTarget(uri);
        return Page.Of<ConsentPage>(new
        {
            AppName = pending.Client.ClientName ?? pending.Client.ClientId,
            AppUri = pending.Client.ClientUri,
            PersonName = person.Name,
            ReturnUrl = returnUrl!,
            Scopes = ScopeChoice.Describe(pending.Asked, await catalog.GetResourcesAsync(ct)),
            CanRemember = pending.Client.AllowRememberConsent,
        });
    }

    private static async Task<IResult> SubmitAsync(HttpContext http, Catalog catalog, Consenting consents,
        [FromForm] string? returnUrl, [FromForm] string? decision, [FromForm] string? remember, CancellationToken ct)
    {
        if (await ReadAsync(http, catalog, returnUrl, ct) is not var (person, pending) || InteractionFingerprint.Of(returnUrl!) is not { } fingerprint) return SeeOther.To(LocalUrl.Default);
        string[] chosen = [.. http.Request.Form["scopes"].OfType<string>()];
        var answer = await consents.AnswerAsync(person, pending.Client, pending.Asked, chosen, decision == "allow", remember == "true", fingerprint, ct);
        return SeeOther.To($"{returnUrl}&{ConsentTicket.Parameter}={Uri.EscapeDataString(answer)}");
    }

    private static async Task<(SignedInPerson Person, PendingRequest Pending)?> ReadAsync(HttpContext http, Catalog catalog, string? returnUrl, CancellationToken ct)
    {
        if (!LocalUrl.IsLocal(returnUrl)) return null;
        var person = SignedInPerson.From((await http.AuthenticateAsync(SessionAuthenticationHandler.SchemeName)).Principal);
        return person is not null && await PendingRequest.ReadAsync(returnUrl!, catalog, ct) is { } pending ? (person, pending) : null;
    }
}
