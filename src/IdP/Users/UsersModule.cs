using Microsoft.Extensions.DependencyInjection;

namespace IdP.Users;

public static class UsersModule
{
    public static IServiceCollection AddUsers(this IServiceCollection services) => services
        .AddScoped<UserLookups>()
        .AddScoped<UserConnections>()
        .AddScoped<Owners>()
        .AddScoped<CreateUser>()
        .AddScoped<UpdateUser>()
        .AddScoped<DisableUser>()
        .AddScoped<EnableUser>()
        .AddScoped<ResetPassword>()
        .AddScoped<CreateRole>()
        .AddScoped<DeleteRole>();
}
