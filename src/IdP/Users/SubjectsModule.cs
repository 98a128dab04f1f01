using IdP.Data;
using IdP.Protocol.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Users;

public static class SubjectsModule
{
    public static IServiceCollection AddSubjects(this IServiceCollection services)
    {
        services.AddIdentityCore<User>(identity =>
        {
            identity.User.RequireUniqueEmail = true;
            identity.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
        }).AddRoles<Role>().AddEntityFrameworkStores<IdpDbContext>();
        services.AddScoped<ISubjects, Subjects>();
        return services;
    }
}
