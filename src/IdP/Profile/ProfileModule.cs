using Microsoft.Extensions.DependencyInjection;

namespace IdP.Profile;

public static class ProfileModule
{
    public static IServiceCollection AddProfile(this IServiceCollection services) => services.AddScoped<UpdateProfile>().AddScoped<ChangeEmail>();
}
