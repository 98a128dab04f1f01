using Microsoft.Extensions.DependencyInjection;

namespace IdP.AssertionIssuers;

public static class AssertionIssuersModule
{
    public static IServiceCollection AddAssertionIssuers(this IServiceCollection services) => services
        .AddScoped<KnownClients>()
        .AddScoped<CreateAssertionIssuer>()
        .AddScoped<UpdateAssertionIssuer>()
        .AddScoped<DeleteAssertionIssuer>();
}
