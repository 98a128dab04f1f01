using System.Globalization;
using System.Text.Json;
using IdP.Http;
using IdP.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Google;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Federation.Google;

public static class GoogleModule
{
    /// <summary>Name of the provider in addresses, sessions and links.</summary>
    public const string Name = "google";

    public const string CallbackPath = "/signin/google/callback";
    private static readonly TimeSpan BackchannelTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AttemptLifetime = TimeSpan.FromMinutes(15);

    /// <summary>The scheme exists only when it is configured: the framework asks every scheme with a callback at every request, and refuses one without client id.</summary>
    public static IServiceCollection AddGoogleSignIn(this IServiceCollection services)
    {
        services.AddOptions<GoogleSignInOptions>().BindConfiguration("Authentication:Google").ValidateDataAnnotations().ValidateOnStart();
        services.AddTransient<GoogleSignInHandler>();
        services.AddSingleton<IPostConfigureOptions<GoogleOptions>, OAuthPostConfigureOptions<GoogleOptions, GoogleSignInHandler>>();
        services.AddOptions<AuthenticationOptions>().Configure<IOptions<GoogleSignInOptions>>((schemes, settings) =>
        {
            if (settings.Value.IsOn) schemes.AddScheme<GoogleSignInHandler>(Name, "Google");
        });
        services.AddOptions<GoogleOptions>(Name).Configure<IOptions<GoogleSignInOptions>, IConfiguration, TimeProvider>(Configure);
        return services;
    }

    private static void Configure(GoogleOptions google, IOptions<GoogleSignInOptions> options, IConfiguration configuration, TimeProvider clock)
    {
        var settings = options.Value;
        google.TimeProvider = clock;
        google.ClientId = settings.ClientId ?? "";
        google.ClientSecret = settings.ClientSecret ?? "";
        google.AuthorizationEndpoint = settings.AuthorizationEndpoint;
        google.TokenEndpoint = settings.TokenEndpoint;
        google.UserInformationEndpoint = settings.UserInformationEndpoint;
        google.CallbackPath = CallbackPath;
        google.SignInScheme = ExternalCookie.SchemeName;
        google.UsePkce = true;
        google.SaveTokens = false;
        google.BackchannelTimeout = BackchannelTimeout;
        google.RemoteAuthenticationTimeout = AttemptLifetime;

        // Binds the attempt to this browser. Lax is enough for a top-level redirect back, and works on a developer's plain http.
        HostCookie.Protect(google.CorrelationCookie, "idp.google.", configuration);

        // The types of the JSON count: an address is verified when Google says true, not when something says "true".
        google.ClaimActions.Clear();
        foreach (var claim in (string[])["sub", "email", "name", "given_name", "family_name", "hd"])
            google.ClaimActions.MapCustomJson(claim, user => user.TryGetProperty(claim, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null);
        google.ClaimActions.MapCustomJson("email_verified", user => user.TryGetProperty("email_verified", out var value) && value.ValueKind is JsonValueKind.True ? "true" : null);

        google.Events.OnTicketReceived = context =>
        {
            context.Properties!.Items[ExternalCookie.IdItem] = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture); // the handler always makes properties
            return Task.CompletedTask;
        };
        google.Events.OnRemoteFailure = RefuseAsync;
    }

    /// <summary>The person said no, or the answer does not belong to a question this browser asked.</summary>
    private static async Task RefuseAsync(RemoteFailureContext context)
    {
        var items = context.Properties?.Items;
        var clientId = items is not null && items.TryGetValue(ExternalCookie.ClientItem, out var client) ? client : null;
        var returnUrl = items is not null && items.TryGetValue(ExternalCookie.ReturnUrlItem, out var url) ? url : null;
        await context.HttpContext.RequestServices.GetRequiredService<ExternalSignIn>().RecordRefusalAsync(Name, clientId, context.HttpContext, context.HttpContext.RequestAborted);
        context.HandleResponse();
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = $"{context.Request.PathBase}/signin?upstream=refused&returnUrl={Uri.EscapeDataString(LocalUrl.OrDefault(returnUrl))}";
    }
}
