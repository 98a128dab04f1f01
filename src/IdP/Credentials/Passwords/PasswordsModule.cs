using IdP.Credentials.Passwords.History;
using IdP.Credentials.Passwords.Known;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passwords;

public static class PasswordsModule
{
    public static IServiceCollection AddPasswords(this IServiceCollection services)
    {
        services.AddOptions<PasswordHashOptions>().BindConfiguration("Passwords").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<IPasswordHasher<User>, PasswordHasher>();
        services.AddSingleton<PasswordQueue>();
        services.AddOptions<PasswordRuleOptions>().BindConfiguration("Passwords").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<PasswordRuleOptions>, BreachedHashesCheck>();
        services.AddSingleton<BreachService>();
        services.AddHealthChecks().AddCheck<BreachServiceHealth>("breach service", tags: ["ready"]);
        services.AddSingleton<KnownPasswords>();
        services.AddScoped<FormerPasswords>();
        services.AddHostedService<FormerPasswordTrim>();
        services.AddScoped<PasswordRules>();
        services.AddSingleton<PresentPassword>();
        return services;
    }
}
