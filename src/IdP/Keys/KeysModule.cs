using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Keys;

public static class KeysModule
{
    public static IServiceCollection AddKeys(this IServiceCollection services)
    {
        services.AddOptions<KeyProtectionOptions>().BindConfiguration("KeyProtection").ValidateDataAnnotations().ValidateOnStart();
        services.AddDataProtection().SetApplicationName("IdP");
        services.AddOptions<KeyManagementOptions>().Configure<IServiceScopeFactory, IOptions<KeyProtectionOptions>>((management, scopes, protection) =>
        {
            management.XmlRepository = new KeyRingRepository(scopes);
            management.XmlEncryptor = new KeyRingEncryptor(protection);
        });
        services.AddScoped<KeyRingCheck>();
        return services;
    }
}
