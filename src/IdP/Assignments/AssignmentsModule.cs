using Microsoft.Extensions.DependencyInjection;

namespace IdP.Assignments;

public static class AssignmentsModule
{
    public static IServiceCollection AddAssignments(this IServiceCollection services) => services
        .AddSingleton<AppAccessQuery>()
        .AddScoped<AppAccess>()
        .AddScoped<AssignmentGate>()
        .AddScoped<EndLostAccess>()
        .AddScoped<AssignApp>()
        .AddScoped<UnassignApp>();
}
