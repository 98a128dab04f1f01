using System.Net.Sockets;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace WebApp;

/// <summary>Reads the provider's metadata at the start, so that a wrong address shows in the log before the first sign-in.</summary>
internal sealed class ProviderCheck(IOptionsMonitor<OpenIdConnectOptions> oidc, ILogger<ProviderCheck> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var options = oidc.Get(OpenIdConnectDefaults.AuthenticationScheme);
        try
        {
            await options.ConfigurationManager!.GetConfigurationAsync(stoppingToken); // set with Authority
        }
        catch (InvalidOperationException e)
        {
            Log.ProviderUnreachable(logger, options.Authority, e.GetBaseException().Message);
        }
    }
}

/// <summary>Turns "the provider does not answer" into one line in the log and a page with a sentence.</summary>
internal sealed class ProviderUnreachable(IOptionsMonitor<OpenIdConnectOptions> oidc, ILogger<ProviderUnreachable> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        // The metadata reader wraps the reason in an InvalidOperationException; the token endpoint gives the reason itself.
        if (exception.GetBaseException() is not (HttpRequestException or IOException or SocketException or TaskCanceledException)) return false;
        if (httpContext.RequestAborted.IsCancellationRequested) return false;

        Log.ProviderUnreachable(logger, oidc.Get(OpenIdConnectDefaults.AuthenticationScheme).Authority, exception.GetBaseException().Message);
        httpContext.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        httpContext.Response.Headers.RetryAfter = "5";
        httpContext.Response.ContentType = "text/plain; charset=utf-8";
        await httpContext.Response.WriteAsync("The sign-in service does not answer. Please try again in a moment.", cancellationToken);
        return true;
    }
}
