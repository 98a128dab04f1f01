using System.Text.Json;
using System.Text.Json.Nodes;

namespace IdP.Testing;

/// <summary>A JSON object with members of other types, other values, twice, missing, or broken text.</summary>
public static class HostileJson
{
    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1e400", "12345678901234567890123", "\"\"", "\"x\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "[]", "[null]", "[[]]", "[1,2]", "[\"\"]", "[\"https://evil.test/cb\"]", "[\"https://a.test/cb\",\"https://a.test/cb\"]",
        "[\"javascript:alert(1)\"]", "{}", "{\"keys\":[]}", "{\"keys\":null}", "{\"keys\":[{}]}", "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"!\"}]}", "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}",
        "\"none\"", "\"private_key_jwt\"", "\"client_secret_jwt\"", "\"RS256\"", "\"https://127.0.0.1:1/x\"", "\"http://169.254.169.254/\"", "\"file:///etc/passwd\"", "\"native\"", "\"pairwise\"", "[\"implicit\"]", "[\"authorization_code\",\"password\"]", "\"openid api.read\"",
    ];

    public static string Mutate(string json, Random random)
    {
        if (random.Next(5) == 0) return HostileText.Mutate(json, random);
        try
        {
            return ChangeMember(JsonNode.Parse(json) as JsonObject ?? [], random);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return HostileText.Mutate(json, random); // it was changed before, and is no JSON any more
        }
    }

    private static string ChangeMember(JsonObject members, Random random)
    {
        var names = members.Select(m => m.Key).ToList();
        if (names.Count == 0) return Values[random.Next(Values.Length)];
        var name = names[random.Next(names.Count)];
        var value = random.Next(3) == 0 ? JsonSerializer.Serialize(HostileText.Next(random)) : Values[random.Next(Values.Length)];
        if (random.Next(4) != 0) members.Remove(name);
        var text = members.ToJsonString();
        if (random.Next(6) == 0) return text;
        return text.Length == 2 ? $"{{\"{name}\":{value}}}" : $"{text[..^1]},\"{name}\":{value}}}";
    }
}
