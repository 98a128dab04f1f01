using System.Text.Json;
using IdP.Http;
using IdP.Policies;
using IdP.Sessions;
using Microsoft.AspNetCore.Http;

namespace IdP.SignIn;

/// <summary>Describes what was decided on, for every way of signing in.</summary>
internal static class SignInDecisions
{
    private const int MaxClientId = 200, MaxReasons = 50;

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

    /// <summary>What the policies are asked about a session that would begin with it, but for the factors that the person has.</summary>
    public static PolicyInputs InputsOf(SignInDecision decision, KnownDevice? device) => new()
    {
        At = decision.At,
        UserId = decision.UserId ?? throw new InvalidOperationException("Nobody's sign-in is decided."),
        ClientId = decision.ClientId,
        Methods = decision.Factors,
        Address = decision.RemoteAddress,
        KnownDevice = device is not null,
        RememberedUntil = device?.RememberedUntil,
        FactorShownAt = device?.FactorShownAt,
        FailedCount = decision.FailedCount,
    };

    /// <summary>Keeps what the policies were asked and what they answered.</summary>
    public static void Judged(this SignInDecision decision, PolicyJudgement judged)
    {
        (decision.Inputs, decision.Network) = (judged.Inputs.ToJson(), judged.Network);
        if (judged.Verdict.Reasons.Count > 0) decision.Reasons = JsonSerializer.Serialize(judged.Verdict.Reasons.OrderBy(reason => reason.Met).Take(MaxReasons), JsonSerializerOptions.Web);
    }
}
