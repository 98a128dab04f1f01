using IdP.Assignments;
using IdP.Consents;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace IdP.SignIn;

/// <summary>What must happen at the browser before an app gets its answer (OpenID Connect Core 3.1.2.3 and 3.1.2.4), in the order a person meets it.</summary>
internal sealed class InteractionPolicy(Consenting consents, EndSession endSession, BrowserAccounts accounts, StepUp stepUp, AssignmentGate assignments, PolicyGate gate, AppSessions appSessions) : IInteractionPolicy
{
    public async Task<Interaction> DecideAsync(AuthorizationRequest request, HttpContext http, CancellationToken ct)
    {
        var silent = request.Prompt.Contains("none");
        var person = SignedInPerson.From((await http.AuthenticateAsync(SessionAuthenticationHandler.SchemeName)).Principal);

        // What nobody can reach here is no reason to ask for a password.
        if (request.AcrEssential && !AuthenticationContexts.CanBeMet(request.AcrValues)) return Unmet();
        var lacks = person is not null && (request.AcrEssential || request.AcrValues.Count > 0) && !AuthenticationContexts.AreMet(person.AuthenticationMethods, request.AcrValues);
        var canBeRaised = lacks && await stepUp.IsPossibleAsync(person!, request.AcrValues, ct); // lacking is somebody
        if (!silent && MustChoose(request, person, http)) return new Interaction.ShowPage("/signin/accounts?returnUrl=" + Uri.EscapeDataString(request.ReturnUrl));
        if (person is null || NeedsAuthentication(request, person, lacks && !canBeRaised) || await appSessions.IsOverAsync(request, person, ct))
            return silent ? new Interaction.Refuse("login_required", "The person must sign in.") : new Interaction.ShowPage(SignInUrl(request));

        if (!request.MayBe(person.UserId.ToString())) return new Interaction.Refuse("login_required", "Somebody else signed in.");
        if (await assignments.RefuseAsync(person, request.Client, request.ReturnUrl, http, ct) is { } unassigned)
            return silent || request.TakesRefusal ? new Interaction.Refuse("access_denied", "The person may not use this app.") : new Interaction.ShowPage(unassigned);
        if (await gate.FindAsync(person, request.Client.ClientId, request.StartedAt, request.ReturnUrl, http, ct) is { } obstacle) return silent ? Refuse(obstacle) : new Interaction.ShowPage(obstacle.PageUrl);
        // A class that was only wished for is asked for where the person has what it takes, and never stands in the way (OpenID Connect Core 5.5.1.1).
        if (canBeRaised && !silent && (request.AcrEssential || !(person.StepUpAskedAt >= request.StartedAt))) return new Interaction.ShowPage("/signin/stepup?returnUrl=" + Uri.EscapeDataString(request.ReturnUrl));
        if (lacks && request.AcrEssential) return canBeRaised ? new Interaction.Refuse("interaction_required", "The person must show a further factor.") : Unmet();

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
        // The app of an account that waits speaks of that one, whoever is the current one.
        if (Guid.TryParse(request.HintedSubject, out var subject) && Guid.TryParseExact(request.HintedSessionId, "N", out var session) && session != person?.SessionId
            && (await accounts.ReadAsync(http, ct)).Any(account => account.SessionId == session && account.UserId == subject) && await accounts.LeaveAsync(session, http, ct))
            return new LogoutDecision.Ended(subject.ToString(), session);
        if (person is null) return new LogoutDecision.NobodyThere();

        // Without proof that this very session asked for it, a foreign page could sign people out: they are asked first.
        var proven = request.HintedSubject == person.UserId.ToString() && (request.HintedSessionId is null || request.HintedSessionId == person.SessionId.ToString("N"));
        if (!proven) return new LogoutDecision.Ask("/signout?returnUrl=" + Uri.EscapeDataString(request.ReturnUrl));

        await endSession.SignOutAsync(person, http, ct);
        return new LogoutDecision.Ended(person.UserId.ToString(), person.SessionId);
    }

    /// <summary>
    /// Where several accounts are signed in, or the app asks for a choice, one is chosen before anything else, once for each request: whoever signs in for it has chosen, too. Where nobody is signed
    /// in there is nothing to choose.
    /// </summary>
    private static bool MustChoose(AuthorizationRequest request, SignedInPerson? person, HttpContext http)
    {
        if (person is null) return BrowserAccounts.Wait(http);
        if (person.AuthenticatedAt >= request.StartedAt || request.ChosenSession == person.SessionId) return false;
        return request.Prompt.Contains("select_account") || (!request.MayBe(person.UserId.ToString()) && BrowserAccounts.Wait(http));
    }

    private static bool NeedsAuthentication(AuthorizationRequest request, SignedInPerson person, bool lacksContext) =>
        ((request.Prompt.Contains("login") || request.Prompt.Contains("create")) && person.AuthenticatedAt < request.StartedAt)
        || (request.MaxAge is { } maxAge && person.AuthenticatedAt < request.StartedAt.AddSeconds(-maxAge))
        // Asked once: whoever signs in now as somebody else, or in a way that does not reach the class, will not be asked again.
        || (person.AuthenticatedAt < request.StartedAt && !request.MayBe(person.UserId.ToString()))
        || (person.AuthenticatedAt < request.StartedAt && request.AcrEssential && lacksContext);

    /// <summary>OpenID Connect Core Error Code unmet_authentication_requirements 1.0.</summary>
    private static Interaction.Refuse Unmet() => new("unmet_authentication_requirements", "The requested authentication context class cannot be reached.");

    private static Interaction.Refuse Refuse(PolicyObstacle obstacle) => obstacle.Answer switch
    {
        PolicyAnswer.Ask => new("interaction_required", "The person must show a further factor."),
        PolicyAnswer.Repeat => new("login_required", "The person must sign in again."),
        PolicyAnswer.Enrol => new("interaction_required", "The person must add a factor."),
        _ => new("access_denied", "A sign-in policy does not let the person in."),
    };

    /// <summary>Or the page for a new account, which has a way to this one (Initiating User Registration via OpenID Connect 1.0).</summary>
    private static string SignInUrl(AuthorizationRequest request) => (request.Prompt.Contains("create") ? "/signup" : "/signin") + "?returnUrl=" + Uri.EscapeDataString(request.ReturnUrl);
}
