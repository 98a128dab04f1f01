using IdP.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IdP.Access;

public static class AccessModule
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.TryAddScoped(provider => Begin(provider.GetRequiredService<IHttpContextAccessor>().HttpContext));
        return services;
    }

    /// <summary>Names the signed-in person as the actor of the request; belongs after authentication.</summary>
    public static IApplicationBuilder UseActor(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (SignedInPerson.From(http.User) is { } person)
            http.RequestServices.GetRequiredService<Actor>().Become(ActorSources.Account, person.UserId, person.Roles, http);
        return next(http);
    });

    /// <summary>Only work outside of a request is the system's own: a request is nobody, with no rights, until it has signed in.</summary>
    private static Actor Begin(HttpContext? http)
    {
        var actor = new Actor();
        if (http is not null) actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        return actor;
    }
}
