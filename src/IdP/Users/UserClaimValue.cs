using System.Text.Json.Nodes;

namespace IdP.Users;

/// <summary>
/// Extra claims of a person in the text column of the claims table. JSON objects, arrays, numbers and booleans are stored as <c>json:</c> followed
/// by their JSON, so that they leave as JSON again; everything else is plain text.
/// </summary>
public static class UserClaimValue
{
    private const string Marker = "json:";

    public static string ToText(JsonNode value) =>
        value is JsonValue text && text.TryGetValue<string>(out var plain) && !plain.StartsWith(Marker, StringComparison.Ordinal) ? plain : Marker + value.ToJsonString();

    public static JsonNode FromText(string text) => text.StartsWith(Marker, StringComparison.Ordinal) ? JsonNode.Parse(text[Marker.Length..])! : JsonValue.Create(text);
}
