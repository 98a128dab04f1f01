namespace Spa;

/// <summary>The browser talks to the provider, not this host; it only says in the log that the address is wrong.</summary>
internal sealed partial class ProviderCheck(HttpClient http, IConfiguration configuration, ILogger<ProviderCheck> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var authority = configuration.GetRequired("Authority");
        try
        {
            using var response = await http.GetAsync($"{authority.TrimEnd('/')}/.well-known/openid-configuration", stoppingToken);
            response.EnsureSuccessStatusCode();
        }
        catch (HttpRequestException e)
        {
            ProviderUnreachable(logger, authority, e.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The provider at {Authority} did not answer: {Reason}. Start it, or set Authority to its address")]
    private static partial void ProviderUnreachable(ILogger logger, string authority, string reason);
}
