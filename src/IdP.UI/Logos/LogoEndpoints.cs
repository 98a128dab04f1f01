using IdP.Data;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace IdP.UI.Logos;

/// <summary>
/// Serves the logos of apps from this origin. The bytes came from strangers: the type is the one found in them, browsers may not guess another, and whoever opens
/// the address as a page gets it in a sandbox without script.
/// </summary>
internal static class LogoEndpoints
{
    private const string Prefix = "/logos/";

    /// <summary>Where a client's logo is; null when there is none.</summary>
    public static string? Url(Client client) => client.LogoFingerprint is { } fingerprint ? $"{Prefix}{client.Id}/{fingerprint}" : null;

    public static void MapLogos(this IEndpointRouteBuilder endpoints) => endpoints.MapGet(Prefix + "{client:guid}/{fingerprint:length(32)}", ShowAsync);

    private static async Task<IResult> ShowAsync(HttpContext http, Guid client, string fingerprint, IdpDbContext db, CancellationToken ct)
    {
        if (!fingerprint.All(char.IsAsciiHexDigitLower)) return Results.NotFound();
        var logo = await db.ClientLogos.Where(l => l.ClientKey == client && l.Fingerprint == fingerprint && db.Clients.Any(c => c.Id == l.ClientKey && c.LogoUri == l.Uri))
            .Select(l => new { l.Content, l.ContentType }).SingleOrDefaultAsync(ct);
        if (logo is not { Content: { } content, ContentType: { } type }) return Results.NotFound();

        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
        headers["Cross-Origin-Resource-Policy"] = "same-origin"; // no picture service for other sites
        headers.CacheControl = "public, max-age=31536000, immutable"; // another image has another address
        return Results.Bytes(content, type, entityTag: new EntityTagHeaderValue($"\"{fingerprint}\""));
    }
}
