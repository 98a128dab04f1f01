using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace IdP.Protocol.Clients;

/// <summary>
/// A JWT by which somebody proves who they are (RFC 7523 3), taken apart but not yet believed. What does not have the shape the specification
/// asks for (repeated members, an audience that is no text, a missing <c>exp</c>) is no assertion at all.
/// </summary>
internal sealed class Assertion
{
    /// <summary>Of an assertion in compact form, in characters.</summary>
    internal const int MaxLength = 16_384;

    private const int MaxTextLength = 1000, MaxAudiences = 20;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private Assertion(JsonElement header, JsonElement claims, string token)
    {
        Algorithm = Text(header, "alg") ?? throw new FormatException("alg is required (RFC 7515 4.1.1).");
        KeyId = Text(header, "kid");
        Type = Text(header, "typ");
        // RFC 7515 4.1.11: what must be understood and is not makes a signature invalid; no extension is understood here.
        if (header.TryGetProperty("crit", out _)) throw new FormatException("crit is not supported.");

        Issuer = Text(claims, "iss") ?? throw new FormatException("iss is required (RFC 7523 3).");
        Subject = Text(claims, "sub") ?? throw new FormatException("sub is required (RFC 7523 3).");
        Audiences = ReadAudiences(claims);
        ExpiresAt = Instant(claims, "exp") ?? throw new FormatException("exp is required (RFC 7523 3).");
        NotBefore = Instant(claims, "nbf");
        IssuedAt = Instant(claims, "iat");
        Id = Text(claims, "jti");
        Claims = claims;

        var end = token.LastIndexOf('.');
        SigningInput = Encoding.ASCII.GetBytes(token, 0, end);
        Signature = Base64Url.DecodeFromChars(token.AsSpan(end + 1));
    }

    public string Algorithm { get; }

    public string? KeyId { get; }

    public string? Type { get; }

    public string Issuer { get; }

    public string Subject { get; }

    public IReadOnlyList<string> Audiences { get; }

    public DateTimeOffset ExpiresAt { get; }

    public DateTimeOffset? NotBefore { get; }

    public DateTimeOffset? IssuedAt { get; }

    public string? Id { get; }

    public JsonElement Claims { get; }

    public byte[] SigningInput { get; }

    public byte[] Signature { get; }

    /// <returns>Null when the text is no well-formed assertion.</returns>
    public static Assertion? Parse(string token)
    {
        if (token.Length > MaxLength || token.Split('.') is not [var header, var claims, var signature]) return null;
        // Padding (of which the decoder knows two kinds) and spaces, which it forgives, would let one assertion be written in many ways (RFC 7515 2).
        if (token.AsSpan().ContainsAnyExcept(Alphabet) || !Base64Url.IsValid(header) || !Base64Url.IsValid(claims) || !Base64Url.IsValid(signature)) return null;
        try
        {
            return new Assertion(Read(header), Read(claims), token);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static JsonElement Read(string part)
    {
        using var document = JsonDocument.Parse(StrictUtf8.GetString(Base64Url.DecodeFromChars(part)), Strict);
        return document.RootElement.ValueKind is JsonValueKind.Object ? document.RootElement.Clone() : throw new FormatException("Not an object.");
    }

    private static string? Text(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var value)) return null;
        return value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 and <= MaxTextLength } text && !text.Any(char.IsControl) ? text : throw new FormatException($"{name} is no usable text.");
    }

    private static List<string> ReadAudiences(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud", out var audience)) return [];
        if (audience.ValueKind is JsonValueKind.String) return [audience.GetString()!]; // a text
        if (audience.ValueKind is not JsonValueKind.Array || audience.GetArrayLength() > MaxAudiences) throw new FormatException("aud is no text and no short list.");
        return [.. audience.EnumerateArray().Select(item => item.ValueKind is JsonValueKind.String ? item.GetString()! : throw new FormatException("aud lists something that is no text."))];
    }

    // RFC 7519 2: seconds, perhaps with a fraction.
    private static DateTimeOffset? Instant(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out var value)) return null;
        if (value.ValueKind is not JsonValueKind.Number || !value.TryGetDouble(out var seconds) || !(seconds is >= 0 and < 200_000_000_000)) throw new FormatException($"{name} is no time.");
        return DateTimeOffset.UnixEpoch.AddSeconds(seconds);
    }
}
