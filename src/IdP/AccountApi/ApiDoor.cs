using System.Globalization;
using System.Security.Claims;
using IdP.Access;
using IdP.Credentials;
using IdP.Data;
using IdP.Erasures;
using IdP.Protocol.Authorize;
using IdP.Protocol.Discovery;
using IdP.Protocol.LocalApi;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SessionOptions = IdP.Sessions.SessionOptions;

namespace IdP.AccountApi;

/// <summary>
/// Who may call the account API: whoever shows an access token of this provider for it, or a personal one, in the Authorization header. Cookies are not looked at, so there is nothing that another site could do with
/// them. The person administers nothing here, whatever roles they have.
/// </summary>
internal sealed class ApiDoor(ApiTokens tokens, ProtectedResources metadata, Actor actor, PasswordDuty duty, CancelErasure deletions, IdpDbContext db, IOptions<SessionOptions> sessions, TimeProvider clock)
{
    private const string Scheme = "Bearer ";

    /// <summary>Lets the call in, or answers why not.</summary>
    public async Task<IResult?> RefuseAsync(HttpContext http, ApiRule rule)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (http.Request.Query.ContainsKey("access_token")) return Refuse(http, StatusCodes.Status400BadRequest, "invalid_request", "Send the access token in the Authorization header, never in the address.");
        if (http.Request.Headers.Authorization.Count > 1) return Refuse(http, StatusCodes.Status400BadRequest, "invalid_request", "There is more than one Authorization header.");
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || header[Scheme.Length..].Trim() is not { Length: > 0 } token)
        {
            // RFC 6750 3.1: who showed nothing is told nothing but where to get a token.
            http.Response.Headers.WWWAuthenticate = "Bearer " + MetadataParameter();
            return ApiProblem.Of(http, StatusCodes.Status401Unauthorized, "token_required", "Send an access token in the Authorization header.");
        }

        if (rule.Scope is null) return await OpenDeletionAsync(http, token);

        var (caller, refusal) = await tokens.ReadAsync(token, AccountResource.Path, http);
        if (caller is null || !Guid.TryParse(caller.Subject, out var userId)) return Refuse(http, StatusCodes.Status401Unauthorized, "invalid_token", refusal?.Description ?? "The access token is not about a person.");
        // A personal token has no app that could have registered one.
        if (http.Request.Headers.Origin is [{ } origin] && caller.Client?.AllowedCorsOrigins.Contains(origin, StringComparer.Ordinal) is not true)
            return ApiProblem.Of(http, StatusCodes.Status403Forbidden, "origin_not_allowed", "The app of this token has not registered this origin.");
        if (!caller.Scopes.Contains(rule.Scope, StringComparer.Ordinal)) return Refuse(http, StatusCodes.Status403Forbidden, "insufficient_scope", $"The access token needs the scope {rule.Scope}.", $"scope=\"{rule.Scope}\"");
        // As on the pages: who signs in with a password that somebody else knows does nothing before there is another.
        if (!rule.ChangesPassword && await duty.IsOnAsync(userId, http.RequestAborted)) return ApiProblem.Of(http, StatusCodes.Status403Forbidden, "password_change_required", "The person must choose a new password before anything else.");
        if (rule.RecentProof && await AskForProofAsync(http, userId, caller) is { } proof) return proof;

        http.User = new ClaimsPrincipal(new ClaimsIdentity());
        actor.Become(ActorSources.AccountApi, userId, roles: [], http, caller.Client?.ClientId, caller.PersonalTokenId);
        http.Features.Set(new ApiCall(userId, caller));
        return null;
    }

    /// <summary>The account is closed and its tokens have ended: what is left is the token that the deletion was answered with, or its mail.</summary>
    private async Task<IResult?> OpenDeletionAsync(HttpContext http, string token)
    {
        if (await deletions.FindAsync(token, http.RequestAborted) is not { } waiting) return Refuse(http, StatusCodes.Status401Unauthorized, "invalid_token", "The token is of no deletion that can be cancelled.");
        http.User = new ClaimsPrincipal(new ClaimsIdentity());
        http.Features.Set(new DeletionCall(token, waiting));
        return null;
    }

    /// <summary>RFC 9470: what the app has to ask of the authorization endpoint, so that the next token is enough. A program that acts for a person, or has a token of theirs, has seen nobody prove anything.</summary>
    private async Task<IResult?> AskForProofAsync(HttpContext http, Guid userId, ApiCaller caller)
    {
        var window = sessions.Value.ReauthenticationWindow;
        var maxAge = string.Create(CultureInfo.InvariantCulture, $"max_age=\"{(int)window.TotalSeconds}\"");
        if (caller.SessionId is null || caller.IsDelegated || caller.AuthenticatedAt is not { } at || at <= clock.GetUtcNow() - window)
            return Refuse(http, StatusCodes.Status401Unauthorized, "insufficient_user_authentication", "The person must have signed in more recently.", maxAge);
        if (!caller.Methods.Contains("mfa") && (await db.FactorsOfAsync(userId, http.RequestAborted)).Any)
            return Refuse(http, StatusCodes.Status401Unauthorized, "insufficient_user_authentication", "The person must have signed in with a second factor.", $"acr_values=\"{AuthenticationContexts.MultiFactor}\", {maxAge}");
        return null;
    }

    private IResult Refuse(HttpContext http, int status, string code, string description, string? more = null)
    {
        http.Response.Headers.WWWAuthenticate = $"Bearer error=\"{code}\", error_description=\"{description}\", {(more is null ? "" : more + ", ")}{MetadataParameter()}";
        return ApiProblem.Of(http, status, code, description);
    }

    private string MetadataParameter() => $"resource_metadata=\"{metadata.MetadataOf(AccountResource.Path)}\"";
}
