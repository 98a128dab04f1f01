using System.Text.Json;
using IdP.Access;
using IdP.Protocol.Clients;
using IdP.Protocol.Outbound;

namespace IdP.Clients;

/// <summary>
/// Whether the owner of a sector agrees that a client belongs to it: <c>sector_identifier_uri</c> is fetched and must list all redirect URIs (OpenID Connect
/// Dynamic Registration 5). Otherwise anybody could register into a foreign sector and see its subjects.
/// </summary>
public sealed class SectorIdentifiers(OutboundHttp http)
{
    private const string Field = "sectorIdentifierUri";

    /// <param name="current">The client as it is; null for a new one. What was proven is not asked again.</param>
    public async Task<Failure?> CheckAsync(ClientSettings settings, Client? current, CancellationToken ct)
    {
        if (settings.SectorIdentifierUri is not { } uri) return null;
        if (current?.SectorIdentifierUri == uri && settings.RedirectUris.All(current.RedirectUris.Contains)) return null;

        var answer = await http.GetJsonAsync(uri, ct);
        if (answer.Body is null) return Failure.Invalid("sector_unreadable", $"The list of redirect URIs could not be fetched: {answer.Summary}.", Field);
        if (Read(answer.Body) is not { } listed) return Failure.Invalid("sector_unreadable", "What is published there is no JSON array of redirect URIs (OpenID Connect Dynamic Registration 5).", Field);
        return settings.RedirectUris.Find(redirect => !listed.Contains(redirect)) is { } missing
            ? Failure.Invalid("sector_mismatch", $"The list published there does not name \"{missing}\", so the client does not belong to this sector.", Field)
            : null;
    }

    private static HashSet<string>? Read(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind is not JsonValueKind.Array) return null;
            var entries = document.RootElement.EnumerateArray().ToList();
            return entries.TrueForAll(e => e.ValueKind is JsonValueKind.String) ? [.. entries.Select(e => e.GetString()!)] : null; // a string is not null
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException) // the latter two: half of a surrogate pair
        {
            return null;
        }
    }
}
