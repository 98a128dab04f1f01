using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Tests.Peers;

/// <summary>A web app on the OpenID Connect handler of ASP.NET Core, with its defaults: code flow with PKCE, answered by form_post.</summary>
internal sealed class AspNetCoreApp : IAsyncDisposable
{
    private readonly WebApplication app;

    private AspNetCoreApp(WebApplication app, Uri origin)
    {
        this.app = app;
        Origin = origin;
    }

    public Uri Origin { get; }

    /// <summary>For whoever signed in: the claims and tokens that the handler took over.</summary>
    public Uri Page => new(Origin, "/me");

    public Uri SignOut => new(Origin, "/leave");

    public static async Task<AspNetCoreApp> StartAsync(Uri origin, Action<OpenIdConnectOptions> configure)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(origin.GetLeftPart(UriPartial.Authority));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IDataProtectionProvider, EphemeralDataProtectionProvider>();
        builder.Services.AddAuthorization();
        builder.Services
            .AddAuthentication(options =>
            {
                options.DefaultScheme = CookieAuthenticationDefaults.AuthenticationScheme;
                options.DefaultChallengeScheme = OpenIdConnectDefaults.AuthenticationScheme;
            })
            // Cookies know no ports, and on this host the browser meets several apps.
            .AddCookie(options => options.Cookie.Name = FormattableString.Invariant($"app-{origin.Port}"))
            .AddOpenIdConnect(options =>
            {
                // Plain http, which exists on loopback only: the handler's cookies would wait for https.
                options.RequireHttpsMetadata = false;
                options.CorrelationCookie.SecurePolicy = options.NonceCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                options.ResponseType = "code";
                options.SaveTokens = true;
                options.GetClaimsFromUserInfoEndpoint = true;
                options.MapInboundClaims = false;
                options.Events.OnRemoteFailure = TellAsync;
                configure(options);
            });

        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/me", (Delegate)ShowAsync).RequireAuthorization();
        app.MapGet("/leave", () => Results.SignOut(new() { RedirectUri = "/left" }, [CookieAuthenticationDefaults.AuthenticationScheme, OpenIdConnectDefaults.AuthenticationScheme]));
        app.MapGet("/left", () => "You have left the app.");
        await app.StartAsync();
        return new AspNetCoreApp(app, origin);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    /// <summary>What the handler did not accept, for the message of a failing test.</summary>
    private static Task TellAsync(RemoteFailureContext failed)
    {
        failed.HandleResponse();
        failed.Response.StatusCode = StatusCodes.Status502BadGateway;
        return failed.Response.WriteAsync(failed.Failure?.ToString() ?? "no reason");
    }

    private static async Task<IResult> ShowAsync(HttpContext http)
    {
        var me = http.User.Claims.GroupBy(claim => claim.Type).ToDictionary(claims => claims.Key, claims => claims.First().Value);
        foreach (var token in (string[])["access_token", "id_token", "refresh_token"])
            me[token] = await http.GetTokenAsync(token) ?? "";
        return Results.Json(me);
    }
}
