using Microsoft.Extensions.DependencyInjection;

namespace IdP.Groups;

public static class GroupsModule
{
    public static IServiceCollection AddGroups(this IServiceCollection services) => services
        .AddScoped<CreateGroup>()
        .AddScoped<UpdateGroup>()
        .AddScoped<DeleteGroup>();
}
