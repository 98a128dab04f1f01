using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace IdP.UI.Design;

/// <summary>
/// Styles, scripts and images, compiled in and served under an address with their hash, so that browsers keep them for ever and a new version is a new address.
/// Each is compressed once. Nothing in them is secret; pages hold secrets and are not compressed (BREACH, docs/operations.md).
/// </summary>
public static class StaticAssets
{
    private const string Prefix = "assets/";
    private const string Brotli = "br";
    private const string GZip = "gzip";

    private static readonly FrozenDictionary<string, Asset> All = Load();

    /// <summary>The address of an asset, such as <c>app.css</c>.</summary>
    public static string Url(string name) => All[name].Url;

    public static void MapAssets(this IEndpointRouteBuilder endpoints)
    {
        foreach (var asset in All.Values)
            endpoints.MapGet(asset.Url, (HttpContext http) =>
            {
                var (encoding, content) = asset.For(http.Request.GetTypedHeaders().AcceptEncoding);
                http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                http.Response.Headers.Vary = HeaderNames.AcceptEncoding; // also of the plain answer: a cache on the way must not give it to everybody
                if (encoding is not null) http.Response.Headers.ContentEncoding = encoding;
                return Results.Bytes(content, asset.ContentType);
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

    private sealed class Asset(string url, string contentType, byte[] content)
    {
        // At the first request and not at start: the best compression takes its time.
        private readonly Lazy<byte[]> _brotli = new(() => Compress(content, target => new BrotliStream(target, CompressionLevel.SmallestSize)));
        private readonly Lazy<byte[]> _gzip = new(() => Compress(content, target => new GZipStream(target, CompressionLevel.SmallestSize)));

        public string Url => url;

        public string ContentType => contentType;

        /// <summary>What the client likes best (RFC 9110 12.5.3), the smaller one when it does not mind; plain when compressing gains nothing.</summary>
        public (string? Encoding, byte[] Content) For(IList<StringWithQualityHeaderValue> accepted)
        {
            var (brotli, gzip) = (QualityOf(accepted, Brotli), QualityOf(accepted, GZip));
            var (encoding, compressed) = brotli > 0 && brotli >= gzip ? (Brotli, _brotli.Value) : gzip > 0 ? (GZip, _gzip.Value) : (null, content);
            return compressed.Length < content.Length ? (encoding, compressed) : (null, content);
        }

        private static double QualityOf(IList<StringWithQualityHeaderValue> accepted, string encoding)
        {
            var named = accepted.FirstOrDefault(value => value.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase)) ?? accepted.FirstOrDefault(value => value.Value == "*");
            return named is null ? 0 : named.Quality ?? 1;
        }

        private static byte[] Compress(byte[] content, Func<Stream, Stream> around)
        {
            using var target = new MemoryStream();
            using (var compressor = around(target)) compressor.Write(content);
            return target.ToArray();
        }
    }
}
