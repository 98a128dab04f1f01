using IdP.Protocol.Changes;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Nodes;

public static class NodesModule
{
    public static IServiceCollection AddNodes(this IServiceCollection services)
    {
        services.AddSingleton<PostgreSqlSignal>();
        services.AddSingleton<IChangeSignal>(provider => provider.GetRequiredService<PostgreSqlSignal>());
        services.AddHostedService<ChangeListener>();
        services.AddHealthChecks().AddCheck<ChangeFeedHealth>("changes", tags: ["ready"]);
        return services;
    }
}
