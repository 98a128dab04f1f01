using IdP.Protocol.Grants;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Sessions;

public static class SessionsModule
{
    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        services.AddOptions<SessionOptions>().BindConfiguration("Sessions").ValidateDataAnnotations().ValidateOnStart();
        services.AddAuthentication(SessionAuthenticationHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthenticationHandler>(SessionAuthenticationHandler.SchemeName, null);
        services.AddSingleton<SessionQueries>();
        services.AddScoped<StartSession>();
        services.AddScoped<EndSession>();
        services.AddScoped<EndAllSessions>();
        services.AddScoped<BrowserAccounts>();
        services.AddScoped<RetryLogout>();
        services.AddScoped<OpenSessions>();
        services.AddScoped<EndSessions>();
        services.AddScoped<EndOwnSessions>();
        services.AddScoped<RemoveKnownBrowser>();
        services.AddScoped<AppSessions>();
        services.AddScoped<SessionUse>();
        services.AddScoped<ISessionLife, SessionLife>();
        return services;
    }
}
