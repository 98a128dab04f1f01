using System.Collections.Concurrent;
using System.Security.Cryptography;
using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using IdP.Protocol.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace IdP.Protocol.Discovery;

/// <summary>
/// The metadata and the key set as bytes: every app asks for them, and they change when an administrator or the clock changes something. What the engine answered is
/// kept until the catalog or the keys of this node change, as long as the snapshot of the catalog counts that it was made from, at most <see cref="Lifetime"/>. With an ETag (RFC 9110 8.8.3), so that
/// an app that looks again gets nothing when nothing changed.
/// </summary>
internal sealed class PreparedDocuments(Catalog catalog, KeyRing keys, IssuerUrl issuer, TimeProvider clock)
{
    /// <summary>Short, because keys come and go by the clock without any event, and asking the engine again costs no statement while the <see cref="Catalog"/> is fresh.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private static readonly string[] Paths = ["/.well-known/openid-configuration", "/.well-known/openid-configuration/jwks", "/.well-known/oauth-authorization-server"];

    private readonly ConcurrentDictionary<string, Document> _documents = new(StringComparer.Ordinal);

    /// <summary>
    /// Comes early: what stands between it and the engine is for requests that can change or show something. Kept is only what was asked for by the issuer's own name: whatever
    /// an answer to another Host header says, nobody else is given it.
    /// </summary>
    public Task AnswerAsync(HttpContext http, RequestDelegate next)
    {
        if (!HttpMethods.IsGet(http.Request.Method) || http.Request.QueryString.HasValue || http.Request.PathBase.HasValue || http.Request.Path.Value is not { Length: > 30 } path || Array.IndexOf(Paths, path) < 0 || !issuer.IsOriginOf(http.Request)) return next(http);
        return _documents.TryGetValue(path, out var document) && IsFresh(document) ? SendAsync(http, document) : PrepareAsync(http, path, next);
    }

    private bool IsFresh(Document document) => document.Resources is { } resources && ReferenceEquals(catalog.Remembered, resources) && document.Keys == keys.Version && clock.GetUtcNow() - document.PreparedAt < Lifetime;

    private async Task PrepareAsync(HttpContext http, string path, RequestDelegate next)
    {
        // Read before the work: a change during it makes the answer stale at once.
        var (remembered, catalogVersion, keysVersion, now) = (catalog.Remembered, catalog.Version, keys.Version, clock.GetUtcNow());
        var response = http.Response;
        var wire = response.Body;
        using var body = new MemoryStream();
        response.Body = body;
        try
        {
            await next(http);
        }
        finally
        {
            response.Body = wire;
        }

        if (response.StatusCode != StatusCodes.Status200OK || body.Length == 0)
        {
            body.Position = 0;
            await body.CopyToAsync(wire, http.RequestAborted);
            return;
        }

        // The engine has read a snapshot if there was none; after a change in between nobody can say which one it saw.
        var resources = remembered ?? (catalog.Version == catalogVersion ? catalog.Remembered : null);
        var bytes = body.ToArray();
        var document = new Document(bytes, '"' + WebEncoders.Base64UrlEncode(SHA256.HashData(bytes).AsSpan(0, 16)) + '"', response.ContentType, response.Headers.CacheControl.ToString(), resources, keysVersion, now);
        _documents[path] = document;
        await SendAsync(http, document);
    }

    private static Task SendAsync(HttpContext http, Document document)
    {
        var response = http.Response;
        response.Headers.ETag = document.ETag;
        response.Headers.CacheControl = document.CacheControl;
        response.Headers.AccessControlAllowOrigin = "*"; // public to every page, never with credentials; always, because a shared cache gives one answer to all
        if (http.Request.Headers.IfNoneMatch.Count > 0 && http.Request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Tag == document.ETag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            response.ContentType = null;
            response.ContentLength = null;
            return Task.CompletedTask;
        }
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = document.ContentType;
        response.ContentLength = document.Body.Length;
        return response.BodyWriter.WriteAsync(document.Body).AsTask();
    }

    private sealed record Document(byte[] Body, string ETag, string? ContentType, string CacheControl, ResourceSet? Resources, int Keys, DateTimeOffset PreparedAt);
}
