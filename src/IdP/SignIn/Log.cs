using Microsoft.Extensions.Logging;

namespace IdP.SignIn;

internal static partial class Log
{
    [LoggerMessage(2101, LogLevel.Information, "Sign-in decided: {Outcome} for user {UserId}")]
    public static partial void SignInDecided(ILogger logger, SignInOutcome outcome, Guid? userId);

    [LoggerMessage(2102, LogLevel.Information, "{Endpoint} refused a request of client {ClientId}: {Error}")]
    public static partial void RequestRefused(ILogger logger, string endpoint, string? clientId, string error);

    [LoggerMessage(2103, LogLevel.Warning, "A code or refresh token of client {ClientId} and subject {Subject} was used twice, grant {GrantId} is revoked")]
    public static partial void ReuseDetected(ILogger logger, string? clientId, string? subject, Guid grantId);

    [LoggerMessage(2104, LogLevel.Information, "Client {ClientId} revoked a token of subject {Subject}")]
    public static partial void TokenRevoked(ILogger logger, string clientId, string? subject);

    [LoggerMessage(2105, LogLevel.Debug, "Tokens issued to client {ClientId} for subject {Subject} by {GrantType}")]
    public static partial void TokensIssued(ILogger logger, string clientId, string? subject, string grantType);

    [LoggerMessage(2106, LogLevel.Warning, "Sign-ins were refused unchecked since the last such line: {NoPlace} because too many were waiting, {TooManyFailures} after too many failures from one network, {OrganizationFailures} after too many on one organization")]
    public static partial void SignInsRefused(ILogger logger, int noPlace, int tooManyFailures, int organizationFailures);

    [LoggerMessage(2107, LogLevel.Error, "The audit entry of a reuse could not be written for grant {GrantId}")]
    public static partial void AuditFailed(ILogger logger, Exception exception, Guid grantId);

    [LoggerMessage(2108, LogLevel.Information, "Client {ClientId} exchanged a token of subject {Subject}, acting: {Actor}")]
    public static partial void TokenExchanged(ILogger logger, string clientId, string subject, string? actor);

    [LoggerMessage(2110, LogLevel.Warning, "Organization {OrganizationId} had {Failures} wrong passwords from browsers and networks that are not known: further ones must wait")]
    public static partial void OrganizationThrottled(ILogger logger, Guid organizationId, int failures);

    [LoggerMessage(2109, LogLevel.Warning, "Client {ClientId} used the password grant: it sees people's passwords, and nothing but a password can be asked for (RFC 9700 2.4)")]
    public static partial void PasswordGrantUsed(ILogger logger, string clientId);
}
