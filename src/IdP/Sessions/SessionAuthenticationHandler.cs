using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Users;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Sessions;

/// <summary>Turns the session cookie into a person: one statement reads session, person and roles, so that ending or disabling works at the next request on any node.</summary>
public sealed class SessionAuthenticationHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IdpDbContext db, SessionQueries queries, IOptions<SessionOptions> lifetimes)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Session";
    public const string Cookie = "idp.session";
    internal static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(1);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // The page about a failed request needs nobody, and what failed may be the database.
        if (Context.Features.Get<IExceptionHandlerFeature>() is not null) return AuthenticateResult.NoResult();
        if (Handles.Read(Context, Cookie) is not { } handle) return AuthenticateResult.NoResult();

        var hash = Handles.Hash(handle);
        var found = await queries.ByHandle(db, hash, Context.RequestAborted);

        var now = TimeProvider.GetUtcNow();
        if (found is null || !found.Enabled || found.Session.EndedAt is not null || found.Session.ExpiresAt <= now || found.Session.LastSeenAt + lifetimes.Value.IdleLifetime <= now)
            return AuthenticateResult.Fail("The session is over.");

        var session = found.Session;
        if (now - session.LastSeenAt > TouchInterval)
            await db.Sessions.Where(s => s.Id == session.Id && s.LastSeenAt < now).ExecuteUpdateAsync(s => s.SetProperty(x => x.LastSeenAt, now), Context.RequestAborted);

        var identity = new ClaimsIdentity(SchemeName, "name", "role");
        identity.AddClaim(new Claim("sub", session.UserId.ToString()));
        identity.AddClaim(new Claim("sid", session.Id.ToString("N")));
        identity.AddClaim(new Claim("name", found.Name ?? found.UserName ?? ""));
        identity.AddClaim(new Claim("preferred_username", found.UserName ?? ""));
        identity.AddClaim(new Claim("auth_time", session.AuthenticatedAt.ToString("O", CultureInfo.InvariantCulture)));
        identity.AddClaim(new Claim("idp", session.IdentityProvider));
        if (found.MustChangePassword) identity.AddClaim(new Claim(SignedInPerson.MustChangePasswordClaim, (found.PasswordChangeReason ?? PasswordChangeReason.SetByOthers).ToString()));
        if (session.StepUpAskedAt is { } asked) identity.AddClaim(new Claim(SignedInPerson.StepUpAskedClaim, asked.ToString("O", CultureInfo.InvariantCulture)));
        identity.AddClaims(session.AuthenticationMethods.Select(m => new Claim("amr", m)));
        identity.AddClaims(found.Roles.Select(r => new Claim("role", r)));
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        // Only pages can be come back to; a form goes back to the part of the site it belongs to.
        var returnUrl = HttpMethods.IsGet(Request.Method) ? Request.PathBase + Request.Path + Request.QueryString.ToString() : Request.PathBase + "/" + Request.Path.Value!.Split('/')[1];
        Response.StatusCode = StatusCodes.Status303SeeOther;
        Response.Headers.Location = Request.PathBase + "/signin?returnUrl=" + Uri.EscapeDataString(returnUrl);
        return Task.CompletedTask;
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}
