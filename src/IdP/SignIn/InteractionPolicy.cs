using IdP.Consents;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace IdP.SignIn;

/// <summary>What must happen at the browser before an app gets its answer (OpenID Connect Core 3.1.2.3 and 3.1.2.4), in the order a person meets it.</summary>
internal sealed class InteractionPolicy(Consenting consents, EndSession endSession) : IInteractionPolicy
{
    public async Task<Interaction> DecideAsync(AuthorizationRequest request, HttpContext http, CancellationToken ct)
    {
        var silent = request.Prompt.Contains("none");
        var person = SignedInPerson.From((await http.AuthenticateAsync(SessionAuthenticationHandler.SchemeName)).Principal);

        if (person is null || NeedsAuthentication(request, person))
            return silent ? new Interaction.Refuse("login_required", "The person must sign in.") : new Interaction.ShowPage(SignInUrl(request));

        if (person.MustChangePassword)
            return silent ? new Interaction.Refuse("interaction_required", "The person must change the password.") : new Interaction.ShowPage("/account/password?returnUrl=" + Uri.EscapeDataString(request.ReturnUrl));

        var subject = person.ToSubject() with { BrowserState = BrowserState.Restore(http) };
        var forced = request.Prompt.Contains("consent");
        if (!request.Client.RequireConsent && !forced) return new Interaction.Proceed(subject, request.Asked);

        return await consents.FindAsync(request, person, http, forced, ct) switch
        {
            { Denied: true } => new Interaction.Refuse("access_denied", "The person refused."),
            { Scopes: var scopes } => new Interaction.Proceed(subject, scopes),
            null when silent => new Interaction.Refuse("consent_required", "The person must consent."),
            null => new Interaction.ShowPage("/consent?returnUrl=" + Uri.EscapeDataString(request.ReturnUrl)),
        };
    }

    public async Task<LogoutDecision> DecideLogoutAsync(LogoutRequest request, HttpContext http, CancellationToken ct)
    {
        var person = SignedInPerson.From((await http.AuthenticateAsync(SessionAuthenticationHandler.SchemeName)).Principal);
        if (person is null) return new LogoutDecision.NobodyThere();

        // Without proof that this very session asked for it, a foreign page could sign people out: they are asked first.
        var proven = request.HintedSubject == person.UserId.ToString() && (request.HintedSessionId is null || request.HintedSessionId == person.SessionId.ToString("N"));
        if (!proven) return new LogoutDecision.Ask("/signout?returnUrl=" + Uri.EscapeDataString(request.ReturnUrl));

        await endSession.SignOutAsync(person, http, ct);
        return new LogoutDecision.Ended(person.UserId.ToString(), person.SessionId);
    }

    private static bool NeedsAuthentication(AuthorizationRequest request, SignedInPerson person) =>
        ((request.Prompt.Contains("login") || request.Prompt.Contains("select_account")) && person.AuthenticatedAt < request.StartedAt)
        || (request.MaxAge is { } maxAge && person.AuthenticatedAt < request.StartedAt.AddSeconds(-maxAge))
        || !request.MayBe(person.UserId.ToString());

    private static string SignInUrl(AuthorizationRequest request) =>
        "/signin?returnUrl=" + Uri.EscapeDataString(request.ReturnUrl) + (request.LoginHint is { } hint ? "&loginHint=" + Uri.EscapeDataString(hint) : "");
}
