using IdP.Data;
using IdP.Protocol.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Users;

public static class UsersModule
{
    public static IServiceCollection AddUsers(this IServiceCollection services)
    {
        services.AddIdentityCore<User>(identity => identity.Stores.SchemaVersion = IdentitySchemaVersions.Version3)
            .AddRoles<Role>().AddEntityFrameworkStores<IdpDbContext>();
        return services
            .AddSingleton<SubjectQueries>()
            .AddScoped<PasswordDuty>()
            .AddScoped<ISubjects, Subjects>()
            .AddScoped<UserLookups>()
            .AddScoped<UserConnections>()
            .AddScoped<Owners>()
            .AddScoped<HelpDesk>()
            .AddScoped<BuiltInRoles>()
            .AddScoped<SignOutUser>()
            .AddScoped<FirstOwner>()
            .AddScoped<CreateUser>()
            .AddScoped<UpdateUser>()
            .AddScoped<DisableUser>()
            .AddScoped<EnableUser>()
            .AddScoped<ResetPassword>()
            .AddScoped<ChangePassword>()
            .AddScoped<CreateRole>()
            .AddScoped<DeleteRole>();
    }
}
