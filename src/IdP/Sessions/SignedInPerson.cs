using System.Globalization;
using System.Security.Claims;
using IdP.Credentials.Passwords;
using IdP.Protocol.Authorize;

namespace IdP.Sessions;

/// <summary>The person at the browser, read from the session's claims.</summary>
public sealed record SignedInPerson(Guid UserId, Guid SessionId, string Name, string UserName, DateTimeOffset AuthenticatedAt, IReadOnlyList<string> AuthenticationMethods, string IdentityProvider, IReadOnlyList<string> Roles, PasswordChangeReason? PasswordChangeReason, DateTimeOffset? StepUpAskedAt = null)
{
    internal const string MustChangePasswordClaim = "must_change_password", StepUpAskedClaim = "step_up_asked";

    /// <summary>Whether a new password must be chosen before anything opens, for <see cref="PasswordChangeReason"/>.</summary>
    public bool MustChangePassword => PasswordChangeReason is not null;

    /// <summary>The person as the protocol knows people.</summary>
    public AuthenticatedSubject ToSubject() => new(UserId.ToString(), SessionId, AuthenticatedAt, AuthenticationMethods, IdentityProvider);

    public static SignedInPerson? From(ClaimsPrincipal? principal)
    {
        if (principal?.Identity is not { IsAuthenticated: true, AuthenticationType: SessionAuthenticationHandler.SchemeName }) return null;
        return new(
            Guid.Parse(principal.FindFirstValue("sub")!), Guid.Parse(principal.FindFirstValue("sid")!), principal.FindFirstValue("name")!, principal.FindFirstValue("preferred_username")!,
            DateTimeOffset.Parse(principal.FindFirstValue("auth_time")!, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
            [.. principal.FindAll("amr").Select(c => c.Value)], principal.FindFirstValue("idp")!, [.. principal.FindAll("role").Select(c => c.Value)],
            Enum.TryParse(principal.FindFirstValue(MustChangePasswordClaim), out PasswordChangeReason reason) ? reason : null,
            principal.FindFirstValue(StepUpAskedClaim) is { } asked ? DateTimeOffset.Parse(asked, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind) : null);
    }
}
