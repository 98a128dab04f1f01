using IdP.Protocol.Changes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace IdP.Nodes;

/// <summary>A node that cannot listen serves on, a little slower and a little later with the news; that is no reason to send it no traffic.</summary>
internal sealed class ChangeFeedHealth(ChangeFeed feed) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(feed.State is ChangeFeedState.Lost ? HealthCheckResult.Degraded("Changes made on other nodes are not heard of.") : HealthCheckResult.Healthy());
}
