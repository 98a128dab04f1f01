using IdP.Protocol.LocalApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.AccountApi;

/// <summary>What the pages below <c>/account</c> do, for a person's own apps: the same operations behind another door (docs/account.md).</summary>
public static class AccountApiModule
{
    public static IServiceCollection AddAccountApi(this IServiceCollection services) => services.AddScoped<ApiDoor>();

    public static void MapAccountApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup(AccountResource.Path).DisableAntiforgery().AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            // An endpoint without a rule is open to nobody.
            var rule = http.GetEndpoint()?.Metadata.GetMetadata<ApiRule>() ?? throw new InvalidOperationException("The endpoint has no rule.");
            return await http.RequestServices.GetRequiredService<ApiDoor>().RefuseAsync(http, rule) ?? await next(context);
        });
        api.MapProfile();
        api.MapSessions();
        api.MapConsents();
        api.MapSignInMethods();
        api.MapActivity();
        api.MapConnections();
        api.MapPersonalData();
        api.MapTokens();
    }

    /// <summary>The endpoint shows something.</summary>
    internal static void Reads(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new ApiRule(AccountResource.ReadScope));

    /// <summary>The endpoint shows what its page shows only shortly after a proof.</summary>
    internal static void ReadsAfterProof(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new ApiRule(AccountResource.ReadScope, RecentProof: true));

    /// <summary>The endpoint changes something.</summary>
    internal static void Writes(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new ApiRule(AccountResource.WriteScope));

    /// <summary>The endpoint changes how the person signs in, or what else its page changes only shortly after a proof.</summary>
    internal static void WritesSignIn(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new ApiRule(AccountResource.WriteScope, RecentProof: true));

    /// <summary>The endpoint is there also for whoever must choose a new password.</summary>
    internal static void ChangesPassword(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new ApiRule(AccountResource.WriteScope, RecentProof: true, ChangesPassword: true));

    /// <summary>The endpoint is for whoever has the token of a deletion that waits.</summary>
    internal static void OfDeletion(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new ApiRule(Scope: null));
}
