using Microsoft.Extensions.DependencyInjection;

namespace IdP.Policies;

public static class PoliciesModule
{
    public static IServiceCollection AddPolicies(this IServiceCollection services) => services
        .AddSingleton<PolicyCatalog>()
        .AddSingleton<GateNotes>()
        .AddSingleton<Passages>()
        .AddHostedService(provider => provider.GetRequiredService<Passages>())
        .AddScoped<PolicyCheck>()
        .AddScoped<PolicyGate>()
        .AddScoped<EnrolmentGraces>()
        .AddScoped<OwnLockOut>()
        .AddScoped<PolicyReplay>()
        .AddScoped<KnownPolicyNames>()
        .AddScoped<CreateSignInPolicy>()
        .AddScoped<UpdateSignInPolicy>()
        .AddScoped<DeleteSignInPolicy>();
}
