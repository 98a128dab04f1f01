using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.UI.Design;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.UI.Playground;

/// <summary>The playground, only where the key <c>Playground</c> is true (Development's settings).</summary>
internal static class PlaygroundModule
{
    private const string Cookie = "idp.playground";
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    public static IServiceCollection AddPlayground(this IServiceCollection services)
    {
        services.AddMemoryCache();
        services.AddHttpClient<PlaygroundClient>();
        return services;
    }

    public static void MapPlayground(this IEndpointRouteBuilder endpoints)
    {
        if (!endpoints.ServiceProvider.GetRequiredService<IConfiguration>().GetValue<bool>("Playground")) return;
        endpoints.MapGet("/playground", (HttpContext http, IMemoryCache runs, PlaygroundClient client) => Show(Find(http, runs), client));
        endpoints.MapPost("/playground/start", Start);
        endpoints.MapGet("/playground/callback", CallbackAsync);
        endpoints.MapPost("/playground/refresh", RefreshAsync);
        endpoints.MapPost("/playground/forget", (HttpContext http, IMemoryCache runs, [FromForm(Name = "csrf")] string? _) =>
        {
            if (Handles.Read(http, Cookie) is { } handle) runs.Remove(handle);
            return SeeOther.To("/playground");
        });
    }

    private static IResult Start(HttpContext http, IMemoryCache runs, PlaygroundClient client, [FromForm(Name = "csrf")] string? _)
    {
        var run = new PlaygroundRun { AuthorizeUrl = "" };
        run.AuthorizeUrl = client.AuthorizeUrl(run);
        var handle = Handles.New();
        runs.Set(handle, run, Lifetime);
        Handles.Write(http, Cookie, handle, Lifetime);
        return SeeOther.To(run.AuthorizeUrl);
    }

    private static async Task<IResult> CallbackAsync(HttpContext http, IMemoryCache runs, PlaygroundClient client, string? code, string? state, string? error, string? error_description, CancellationToken ct)
    {
        if (Find(http, runs) is not { } run || run.State != state) return SeeOther.To("/playground");
        if (error is not null || code is null) run.Error = $"{error} {error_description}";
        else await client.ExchangeAsync(run, code, ct);
        return SeeOther.To("/playground");
    }

    private static async Task<IResult> RefreshAsync(HttpContext http, IMemoryCache runs, PlaygroundClient client, [FromForm(Name = "csrf")] string? _, CancellationToken ct)
    {
        if (Find(http, runs) is { RefreshToken: not null } run) await client.RefreshAsync(run, ct);
        return SeeOther.To("/playground");
    }

    private static IResult Show(PlaygroundRun? run, PlaygroundClient client) =>
        Page.Of<PlaygroundPage>(new { State = run, LogoutUrl = run?.IdToken is null ? null : client.LogoutUrl(run) });

    private static PlaygroundRun? Find(HttpContext http, IMemoryCache runs) => Handles.Read(http, Cookie) is { } handle ? runs.Get<PlaygroundRun>(handle) : null;
}
