using IdP.Access;
using IdP.Assignments;
using IdP.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IdP.Configuration;

public static class ConfigurationModule
{
    public static IServiceCollection AddConfigurationFiles(this IServiceCollection services) => services
        .AddScoped<ResourceSections>()
        .AddScoped<DirectorySections>()
        .AddScoped<ClientSection>()
        .AddScoped<AssertionIssuerSection>()
        .AddScoped<IdentityProviderSection>()
        .AddScoped<SignInPolicySection>()
        .AddScoped<UserSection>()
        .AddScoped<AssignmentSection>()
        .AddScoped(services => new ConfigurationFile(services.GetRequiredService<IdpDbContext>(), services.GetRequiredService<Actor>(), services.GetRequiredService<ResourceSections>(),
            services.GetRequiredService<DirectorySections>(), services.GetRequiredService<ClientSection>(), services.GetRequiredService<AssertionIssuerSection>(), services.GetRequiredService<IdentityProviderSection>(), services.GetRequiredService<SignInPolicySection>(), services.GetRequiredService<UserSection>(), services.GetRequiredService<AssignmentSection>(), services.GetRequiredService<EndLostAccess>(), services.GetRequiredService<ILogger<ConfigurationFile>>()))
        .AddScoped<ApplyCommand>()
        .AddScoped<ConfigurationAtStart>();
}
