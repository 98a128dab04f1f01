using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IdP.UI.Playground;

/// <summary>One visitor's run through the code flow, kept in memory: the playground exists in Development only.</summary>
internal sealed class PlaygroundRun
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public string State { get; } = Random();
    public string Nonce { get; } = Random();
    public string Verifier { get; } = Random();
    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));
    public required string AuthorizeUrl { get; set; }
    public string? Error { get; set; }
    public string? TokenAnswer { get; set; }
    public string? AccessToken { get; set; }
    public string? IdToken { get; set; }
    public string? RefreshToken { get; set; }
    public string? UserInfo { get; set; }
    public int Refreshes { get; set; }

    public static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Header and payload of a JWT, readable; null when it is none.</summary>
    public static string? Decode(string? token)
    {
        if (token?.Split('.') is not [var header, var payload, _]) return null;
        return Pretty(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(header))) + "\n" + Pretty(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(payload)));
    }

    public static string Pretty(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document, Indented);
    }
}
