using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace Api;

/// <summary>Reads the provider's metadata at the start, so that a wrong address shows in the log before the first request.</summary>
internal sealed class ProviderCheck(IOptionsMonitor<JwtBearerOptions> bearer, ILogger<ProviderCheck> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var options = bearer.Get(JwtBearerDefaults.AuthenticationScheme);
        if (await FindErrorAsync(options, stoppingToken) is { } error) Log.ProviderUnreachable(logger, options.Authority, error);
    }

    public static async Task<string?> FindErrorAsync(JwtBearerOptions options, CancellationToken ct)
    {
        try
        {
            await options.ConfigurationManager!.GetConfigurationAsync(ct); // set by AddJwtBearer when there is an authority
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.GetBaseException().Message;
        }
    }
}
