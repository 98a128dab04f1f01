using Microsoft.Extensions.DependencyInjection;

namespace IdP.Organizations;

public static class OrganizationsModule
{
    public static IServiceCollection AddOrganizations(this IServiceCollection services)
    {
        services.AddOptions<OrganizationOptions>().BindConfiguration("Organizations");
        return services.AddScoped<Domains>()
            .AddScoped<LeaveOrganization>()
            .AddScoped<CreateOrganization>()
            .AddScoped<UpdateOrganization>()
            .AddScoped<DeleteOrganization>();
    }
}
