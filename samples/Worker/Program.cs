using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Worker;

var settings = new ConfigurationBuilder()
    .SetBasePath(AppContext.BaseDirectory)
    .AddJsonFile("appsettings.json")
    .AddEnvironmentVariables()
    .Build();
var once = args.Contains("--once");
var interval = TimeSpan.FromSeconds(settings.GetValue("IntervalSeconds", 30));

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
var tokens = new AccessTokens(http, settings, TimeProvider.System);

while (true)
{
    var succeeded = await CallApiAsync(stop.Token);
    if (once || stop.IsCancellationRequested) return succeeded ? 0 : 1;

    try
    {
        await Task.Delay(interval, stop.Token);
    }
    catch (OperationCanceledException)
    {
        return 0;
    }
}

async Task<bool> CallApiAsync(CancellationToken ct)
{
    try
    {
        #region docs_call
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{settings["ApiUrl"]}/weather");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.GetAsync(ct));
        using var response = await http.SendAsync(request, ct);
        response.EnsureSuccessStatusCode();
        #endregion

        Console.WriteLine(await response.Content.ReadAsStringAsync(ct));
        return true;
    }
    catch (OperationCanceledException) when (ct.IsCancellationRequested)
    {
        return true;
    }
    catch (Exception e) when (e is HttpRequestException or JsonException or TokenRefusedException or OperationCanceledException)
    {
        await Console.Error.WriteLineAsync($"The call failed: {e.Message}");
        return false;
    }
}
