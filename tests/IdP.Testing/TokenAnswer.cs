using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace IdP.Testing;

/// <summary>What an OAuth endpoint answered; an absent member is null.</summary>
public sealed record TokenAnswer(HttpStatusCode Status, HttpResponseHeaders Headers, JsonElement Json, string Body)
{
    public string? AccessToken => Text("access_token");

    public string? RefreshToken => Text("refresh_token");

    public string? IdToken => Text("id_token");

    public string? Scope => Text("scope");

    public string? Error => Text("error");

    public string? Text(string name) =>
        Json.ValueKind is JsonValueKind.Object && Json.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value.ToString() : null;

    /// <summary>This, if it is a success; otherwise the test ends with what came instead.</summary>
    public TokenAnswer Expected() =>
        Status is HttpStatusCode.OK ? this : throw new InvalidOperationException($"Expected tokens, got {(int)Status}: {Body}");

    public static async Task<TokenAnswer> ReadAsync(HttpResponseMessage response)
    {
        using var _ = response;
        var body = await response.Content.ReadAsStringAsync();
        JsonElement json = default;
        if (response.Content.Headers.ContentType?.MediaType is "application/json")
        {
            using var document = JsonDocument.Parse(body);
            json = document.RootElement.Clone();
        }

        return new TokenAnswer(response.StatusCode, response.Headers, json, body);
    }
}
