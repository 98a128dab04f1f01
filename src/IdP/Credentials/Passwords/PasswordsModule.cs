using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IdP.Credentials.Passwords;

public static class PasswordsModule
{
    public static IServiceCollection AddPasswords(this IServiceCollection services)
    {
        services.AddOptions<PasswordHashOptions>().BindConfiguration("Passwords").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<IPasswordHasher<User>, PasswordHasher>();
        services.AddSingleton<PasswordQueue>();
        return services;
    }
}
