using System.ComponentModel;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using NativeCli;

var settings = new ConfigurationBuilder()
    .SetBasePath(AppContext.BaseDirectory)
    .AddJsonFile("appsettings.json")
    .AddEnvironmentVariables()
    .Build();
var openBrowser = !args.Contains("--no-browser");

using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
var ct = patience.Token;
try
{
    var provider = await Provider.FindAsync(http, settings["Authority"]!, settings["ClientId"]!, ct); // appsettings.json has every setting

    #region docs_sign-in
    var secrets = new SignInSecrets(); // one-time values: state, nonce, PKCE verifier
    await using var listener = await LoopbackListener.StartAsync(secrets.State);
    var address = provider.AuthorizationUrl(listener.RedirectUri, settings["Scope"]!, secrets);

    Console.WriteLine($"Sign in with your browser: {address.AbsoluteUri}");
    if (openBrowser) Open(address);

    var code = await listener.WaitForCodeAsync(provider.Issuer, ct);
    var session = await provider.RedeemAsync(code, listener.RedirectUri, secrets, ct);
    var profile = await provider.FindProfileAsync(session, ct);
    Console.WriteLine($"Signed in as {profile.Name ?? profile.Subject}");
    #endregion

    using var request = new HttpRequestMessage(HttpMethod.Get, $"{settings["ApiUrl"]}/weather");
    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.AccessToken);
    using var response = await http.SendAsync(request, ct);
    response.EnsureSuccessStatusCode();
    Console.WriteLine(await response.Content.ReadAsStringAsync(ct));
    return 0;
}
catch (OperationCanceledException) when (ct.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Nobody signed in within five minutes.");
    return 1;
}
catch (Exception e) when (e is HttpRequestException or JsonException or SignInFailedException or OperationCanceledException)
{
    await Console.Error.WriteLineAsync($"The sign-in failed: {e.Message}");
    return 1;
}

#region docs_browser
static void Open(Uri address)
{
    try
    {
        // The browser of the system, not a web view: the person sees the provider's address, and an existing session counts.
        using var browser = Process.Start(new ProcessStartInfo(address.AbsoluteUri) { UseShellExecute = true });
    }
    catch (Win32Exception)
    {
        Console.WriteLine("No browser was found here; open the address yourself.");
    }
}
#endregion
