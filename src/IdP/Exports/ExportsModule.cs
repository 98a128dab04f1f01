using Microsoft.Extensions.DependencyInjection;

namespace IdP.Exports;

public static class ExportsModule
{
    public static IServiceCollection AddExports(this IServiceCollection services)
    {
        services.AddOptions<ExportOptions>().BindConfiguration("Export").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ExportJob>();
        services.AddHostedService(provider => provider.GetRequiredService<ExportJob>());
        return services.AddScoped<ExportedTables>().AddScoped<RequestExport>().AddScoped<MakeExport>().AddScoped<DownloadExport>();
    }
}
