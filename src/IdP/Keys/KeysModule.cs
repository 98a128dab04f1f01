using IdP.Data;
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
        services.AddDataProtection().SetApplicationName("IdP").PersistKeysToDbContext<IdpDbContext>();
        services.AddOptions<KeyManagementOptions>().Configure<IOptions<KeyProtectionOptions>>((management, protection) => management.XmlEncryptor = new KeyRingEncryptor(protection));
        return services;
    }
}
