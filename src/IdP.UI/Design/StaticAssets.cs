using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IdP.UI.Design;

/// <summary>Styles, scripts and images, compiled in and served under an address with their hash, so that browsers keep them for ever and a new version is a new address.</summary>
public static class StaticAssets
{
    private const string Prefix = "assets/";

    private static readonly FrozenDictionary<string, Asset> All = Load();

    /// <summary>The address of an asset, such as <c>app.css</c>.</summary>
    public static string Url(string name) => All[name].Url;

    public static void MapAssets(this IEndpointRouteBuilder endpoints)
    {
        foreach (var asset in All.Values)
            endpoints.MapGet(asset.Url, (HttpContext http) =>
            {
                http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                return Results.Bytes(asset.Content, asset.ContentType);
            });
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(resource =>
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            var name = resource[Prefix.Length..];
            var hash = Convert.ToHexStringLower(SHA256.HashData(content))[..12];
            var type = Path.GetExtension(name) switch { ".css" => "text/css; charset=utf-8", ".js" => "text/javascript; charset=utf-8", ".svg" => "image/svg+xml", _ => "application/octet-stream" };
            return (name, new Asset($"/assets/{hash}/{name}", type, content));
        }).ToFrozenDictionary(a => a.name, a => a.Item2);
    }

    private sealed record Asset(string Url, string ContentType, byte[] Content);
}
