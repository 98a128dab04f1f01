using IdP.Access;
using IdP.Audit;
using IdP.Consents;
using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Keys;
using IdP.Protocol;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Users;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IdP;

/// <summary>The product: one line a capability.</summary>
public static class IdpModule
{
    public static IServiceCollection AddIdP(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddData()
            .AddAccess()
            .AddAudit()
            .AddKeys()
            .AddProtocol()
            .AddSubjects()
            .AddPasswords()
            .AddSessions()
            .AddSignIn()
            .AddConsents()
            .AddScoped<FirstOwner>()
            .AddScoped<ChangePassword>()
            .AddScoped<Schema>();
    }
}
