using IdP.Protocol.PersonalTokens;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.PersonalTokens;

/// <summary>Tokens that people make for their scripts (docs/account.md).</summary>
public static class PersonalTokensModule
{
    public static IServiceCollection AddPersonalTokens(this IServiceCollection services)
    {
        services.AddOptions<PersonalTokenOptions>().BindConfiguration("PersonalAccessTokens").ValidateDataAnnotations().ValidateOnStart();
        return services.AddSingleton<PersonalTokenQueries>().AddScoped<IPersonalTokens, PersonalTokenLookup>().AddScoped<OwnPersonalTokens>().AddScoped<MakePersonalToken>().AddScoped<RevokePersonalTokens>().AddScoped<EndPersonalTokens>();
    }
}
