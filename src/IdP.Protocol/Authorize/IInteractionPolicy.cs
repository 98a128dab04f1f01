using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.Http;

namespace IdP.Protocol.Authorize;

/// <summary>Seam to the product: who is at the browser, and what must happen before an authorization request may be answered.</summary>
public interface IInteractionPolicy
{
    /// <summary>Proceed, show a page (sign in, step up, choose account, consent), or refuse with an OAuth error.</summary>
    Task<Interaction> DecideAsync(AuthorizationRequest request, HttpContext http, CancellationToken ct);

    /// <summary>Answers an end-session request (OpenID Connect RP-Initiated Logout 1.0): signs the person out, or says which page must ask first.</summary>
    Task<LogoutDecision> DecideLogoutAsync(LogoutRequest request, HttpContext http, CancellationToken ct);
}

/// <summary>A validated authorization request, in the product's words.</summary>
public sealed record AuthorizationRequest
{
    public required Client Client { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>What the person is asked for: the scopes, and as <see cref="ConsentItem"/>s the single claims that none of them releases.</summary>
    public required IReadOnlyList<string> Asked { get; init; }

    /// <summary>Values of <c>prompt</c>: none, login, consent, select_account.</summary>
    public required IReadOnlySet<string> Prompt { get; init; }

    /// <summary>Largest age of the authentication in seconds.</summary>
    public int? MaxAge { get; init; }

    public string? LoginHint { get; init; }

    /// <summary>Authentication context classes asked for, most wanted first, see <see cref="AuthenticationContexts"/>.</summary>
    public IReadOnlyList<string> AcrValues { get; init; } = [];

    /// <summary>Whether one of <see cref="AcrValues"/> must be met, or any class at all when none is named (OpenID Connect Core 5.5.1.1).</summary>
    public bool AcrEssential { get; init; }

    /// <summary>Subject of a valid <c>id_token_hint</c>: only this person may be returned.</summary>
    public string? HintedSubject { get; init; }

    /// <summary>The persons that the <c>claims</c> parameter names by <c>sub</c> (OpenID Connect Core 5.5.1); null when it names none.</summary>
    public IReadOnlyList<string>? RequestedSubjects { get; init; }

    /// <summary>Whether this person may be returned at all: <c>id_token_hint</c> and <c>claims</c> can each ask for somebody else.</summary>
    public bool MayBe(string subject) => (HintedSubject is null || HintedSubject == subject) && RequestedSubjects?.Contains(subject, StringComparer.Ordinal) is not false;

    /// <summary>When this request first arrived in this browser: an authentication after it satisfies <c>prompt=login</c> and <c>max_age=0</c>.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The session that the person chose for this request, when a page has asked (<c>prompt=select_account</c>).</summary>
    public Guid? ChosenSession { get; init; }

    /// <summary>Whether a page has told the person why they are refused, so that the app is told now.</summary>
    public bool TakesRefusal { get; init; }

    /// <summary>Local address (path and query) that continues this request after a page; carries <see cref="StartedAt"/> sealed.</summary>
    public required string ReturnUrl { get; init; }

    /// <summary>Digest of client, redirect URI and scopes that a consent is bound to, so that a changed request needs a new one.</summary>
    public required string Fingerprint { get; init; }
}

/// <summary>A logout request, already validated: the redirect URI is registered, the hint is signed by us.</summary>
public sealed record LogoutRequest
{
    public string? HintedSubject { get; init; }

    /// <summary><c>sid</c> of the hint.</summary>
    public string? HintedSessionId { get; init; }

    public string? ClientId { get; init; }

    /// <summary>Local address that continues this logout after a page.</summary>
    public required string ReturnUrl { get; init; }
}

/// <summary>What became of a logout request.</summary>
public abstract record LogoutDecision
{
    /// <summary>Send the browser to a local page that returns to <see cref="LogoutRequest.ReturnUrl"/>.</summary>
    public sealed record Ask(string LocalUrl) : LogoutDecision;

    /// <summary>This session of this person is ended now.</summary>
    public sealed record Ended(string Subject, Guid SessionId) : LogoutDecision;

    /// <summary>Nobody was signed in.</summary>
    public sealed record NobodyThere : LogoutDecision;
}

/// <summary>The policy's verdict.</summary>
public abstract record Interaction
{
    /// <summary>Issue a code for this person and session with these of the things asked for (<see cref="AuthorizationRequest.Asked"/>).</summary>
    public sealed record Proceed(AuthenticatedSubject Subject, IReadOnlyList<string> Granted) : Interaction;

    /// <summary>Send the browser to a local page that returns to <see cref="AuthorizationRequest.ReturnUrl"/>.</summary>
    public sealed record ShowPage(string LocalUrl) : Interaction;

    /// <summary>Answer the client with an error, such as <c>login_required</c> (OpenID Connect Core 3.1.2.6).</summary>
    public sealed record Refuse(string Error, string Description) : Interaction;
}

/// <summary>Who authenticated, when and how.</summary>
/// <param name="SessionId">Null where no browser session stands behind it.</param>
public sealed record AuthenticatedSubject(string Subject, Guid? SessionId, DateTimeOffset AuthenticatedAt, IReadOnlyList<string> AuthenticationMethods, string IdentityProvider)
{
    /// <summary>What a script of ours can see of the session in this browser, see <c>SessionManagement/SessionState.cs</c>; null where there is no browser.</summary>
    public string? BrowserState { get; init; }
}
