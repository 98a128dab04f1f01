using Microsoft.Extensions.DependencyInjection;

namespace IdP.Organizations;

public static class OrganizationsModule
{
    public static IServiceCollection AddOrganizations(this IServiceCollection services) => services
        .AddScoped<Domains>()
        .AddScoped<CreateOrganization>()
        .AddScoped<UpdateOrganization>()
        .AddScoped<DeleteOrganization>();
}
