using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Risk;

/// <summary>The files that signals are found by: read before the start, which a broken one refuses, and followed from then on.</summary>
public sealed class RiskFiles(TimeProvider clock, ILogger<RiskFiles> logger) : BackgroundService, IValidateOptions<RiskOptions>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly WatchedFile<AddressList> _listed = new("Risk:ListedAddressesFile", AddressList.Read);
    private readonly WatchedFile<AddressFacts> _places = new("Risk:GeoIpFile", AddressFacts.ReadPlaces);
    private readonly WatchedFile<AddressFacts> _systems = new("Risk:AutonomousSystemsFile", AddressFacts.ReadSystems);

    public AddressList? Listed => _listed.Content;
    public AddressFacts? Places => _places.Content;
    public AddressFacts? Systems => _systems.Content;

    public ValidateOptionsResult Validate(string? name, RiskOptions options)
    {
        string[] wrong = [.. ((string?[])[_listed.Open(options.ListedAddressesFile), _places.Open(options.GeoIpFile), _systems.Open(options.AutonomousSystemsFile)]).OfType<string>()];
        return wrong.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_listed.IsSet && !_places.IsSet && !_systems.IsSet) return;
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            _listed.Follow(logger);
            _places.Follow(logger);
            _systems.Follow(logger);
        }
    }
}
