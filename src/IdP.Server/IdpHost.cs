using System.Globalization;
using IdP.Access;
using IdP.Configuration;
using IdP.Hosting;
using IdP.Http;
using IdP.Keys;
using IdP.UI;
using IdP.UI.Errors;
using IdP.UI.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace IdP.Server;

/// <summary>Builds the server. Development differs by configuration only, except for the key-protection secret it makes for itself.</summary>
public static class IdpHost
{
    /// <summary>Query strings this long still reach our own error page instead of the web server's bare answer.</summary>
    private const int MaxRequestLineSize = 256 * 1024;

    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // What programs and administrators read does not depend on the language of the machine; pages say theirs (PageLanguage).
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        // Started from another folder, the program still finds the settings that lie beside it.
        var contentRoot = File.Exists("appsettings.json") ? null : AppContext.BaseDirectory;
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ApplicationName = "IdP.Server", ContentRootPath = args.Any(a => a.StartsWith("--contentRoot", StringComparison.OrdinalIgnoreCase)) ? null : contentRoot });
        builder.Configuration.AddJsonFile("appsettings.Local.json", optional: true);
        configure?.Invoke(builder);
        ProvideDevelopmentSecret(builder);

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestLineSize = MaxRequestLineSize;
            kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        });
        // The engine writes whole tokens at Trace and Debug; no setting may turn that on.
        builder.Logging.AddFilter("OpenIddict", level => level >= LogLevel.Warning);
        // It calls every damaged form token an error of the server; who sends one is told with status 400.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.None);
        builder.Services.Configure<ForwardedHeadersOptions>(options => ForwardedHeadersSettings.Apply(options, builder.Configuration));
        builder.Services.AddIdP().AddIdPUI();
        builder.Services.AddScoped<StartupChecks>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: ["ready"]);

        var app = builder.Build();
        app.UseForwardedHeaders();
        app.UseSecurityHeaders();
        app.UseUsableHost();
        app.UseIdPDocuments();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = ErrorEndpoints.Path,
            AllowStatusCode404Response = true,
            CreateScopeForErrors = true, // what failed, such as the reading of the session, is not remembered
            StatusCodeSelector = ErrorEndpoints.StatusOf,
            SuppressDiagnosticsCallback = context => ErrorEndpoints.StatusOf(context.Exception) < 500, // the client's fault is no error of ours
        });
        app.UseStatusCodePagesWithReExecute(ErrorEndpoints.Path, "?status={0}");
        app.UseUsableForms();
        app.UseRouting();
        app.UseBrowserOrigins();
        app.UseIdPMethods();
        app.UseAuthentication();
        app.UseActor();
        app.UseAuthorization();
        app.UseSameOriginForms();
        app.UseAnonymousForms();
        app.UseAntiforgery();
        app.UseValidForms();
        app.MapIdP();
        app.MapIdPUI();
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new() { Predicate = check => check.Tags.Contains("ready") });
        return app;
    }

    /// <summary>Checks, configuration, first owner, then listens. Throws <see cref="StartupException"/> with one clear sentence.</summary>
    public static async Task<WebApplication> StartAsync(WebApplication app, CancellationToken ct = default)
    {
        // What can be known to be wrong before the database is touched comes first: a start that fails must not have changed anything.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        _ = app.Services.GetRequiredService<IOptions<ForwardedHeadersOptions>>().Value;
        ListenCheck.Run(app.Configuration);
        await using (var scope = app.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<StartupChecks>().RunAsync(ct);
            await scope.ServiceProvider.GetRequiredService<ConfigurationAtStart>().ApplyAsync(ct);
            await scope.ServiceProvider.GetRequiredService<BuiltInRoles>().EnsureAsync(ct);
            if (await scope.ServiceProvider.GetRequiredService<FirstOwner>().CreateIfEmptyAsync(ct) is { } password)
                await Console.Out.WriteLineAsync($"\n  First start: sign in as '{FirstOwner.UserName}' with the one-time password  {password}\n");
        }
        await app.StartAsync(ct);
        return app;
    }

    private static void ProvideDevelopmentSecret(WebApplicationBuilder builder)
    {
        if (!builder.Environment.IsDevelopment() || !string.IsNullOrEmpty(builder.Configuration["KeyProtection:Secret"])) return;
        var path = Path.GetFullPath(Path.Combine("data", "key-protection.secret")); // where the embedded database is too
        try
        {
            builder.Configuration["KeyProtection:Secret"] = DevelopmentSecret.ReadOrCreate(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException("The folder 'data' cannot be written: make it writable, or set KeyProtection:Secret and ConnectionStrings:IdP to another place.", exception);
        }
    }
}
