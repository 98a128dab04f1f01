using Microsoft.Extensions.DependencyInjection;

namespace IdP.Devices;

public static class DevicesModule
{
    public static IServiceCollection AddDevices(this IServiceCollection services) => services.AddSingleton<DeviceTicket>().AddScoped<ConnectDevice>();
}
