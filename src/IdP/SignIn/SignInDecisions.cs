using IdP.Http;
using Microsoft.AspNetCore.Http;

namespace IdP.SignIn;

/// <summary>Describes what was decided on, for every way of signing in.</summary>
internal static class SignInDecisions
{
    private const int MaxClientId = 200;

    public static SignInDecision New(HttpContext http, DateTimeOffset now, string? clientId, Guid? userId, IReadOnlyCollection<string> factors, string identityProvider, int policyVersion) => new()
    {
        At = now,
        Day = DateOnly.FromDateTime(now.UtcDateTime),
        UserId = userId,
        ClientId = clientId is { Length: <= MaxClientId } ? clientId : null,
        Factors = [.. factors],
        IdentityProvider = identityProvider,
        RemoteAddress = http.Connection.RemoteIpAddress?.ToString(),
        UserAgent = http.UserAgent(),
        PolicyVersion = policyVersion,
        TraceId = http.TraceId(),
    };
}
