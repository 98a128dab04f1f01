using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace IdP.Credentials.Passwords.Known;

/// <summary>Without the service people sign in all the same, so a node stays ready; the operator sees that breached passwords pass.</summary>
internal sealed class BreachServiceHealth(BreachService service) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(service.Rests ? HealthCheckResult.Degraded("The service of Passwords:BreachService does not answer.") : HealthCheckResult.Healthy());
}
