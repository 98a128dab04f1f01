using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Testing;

/// <summary>A key pair of a client or an API under test, to which the server encrypts; opened with jose, which shares nothing with the server.</summary>
public sealed class EncryptionKey
{
    private readonly JsonObject _private;

    private EncryptionKey(JsonObject publicKey, JsonObject privateMembers)
    {
        KeyId = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(6));
        publicKey["kid"] = KeyId;
        publicKey["use"] = "enc";
        KeySet = new JsonObject { ["keys"] = new JsonArray(publicKey.DeepClone()) };
        _private = publicKey.DeepClone().AsObject();
        foreach (var (name, value) in privateMembers) _private[name] = value?.DeepClone();
    }

    public string KeyId { get; }

    /// <summary>The public half as a JWK set.</summary>
    public JsonObject KeySet { get; }

    public static EncryptionKey Rsa()
    {
        using var rsa = RSA.Create(2048);
        var key = rsa.ExportParameters(true);
        return new(
            new() { ["kty"] = "RSA", ["n"] = Encode(key.Modulus), ["e"] = Encode(key.Exponent) },
            new() { ["d"] = Encode(key.D), ["p"] = Encode(key.P), ["q"] = Encode(key.Q), ["dp"] = Encode(key.DP), ["dq"] = Encode(key.DQ), ["qi"] = Encode(key.InverseQ) });
    }

    /// <param name="curve">P-256, P-384 or P-521.</param>
    public static EncryptionKey Elliptic(string curve)
    {
        using var ec = ECDiffieHellman.Create(ECCurve.CreateFromFriendlyName(curve.Replace("P-", "nistP", StringComparison.Ordinal)));
        var key = ec.ExportParameters(true);
        return new(
            new() { ["kty"] = "EC", ["crv"] = curve, ["x"] = Encode(key.Q.X), ["y"] = Encode(key.Q.Y) },
            new() { ["d"] = Encode(key.D) });
    }

    /// <summary>Opens one token.</summary>
    public async Task<Opened> OpenAsync(string jwe) => (await OpenAsync([(this, jwe)])).Single();

    /// <summary>Opens tokens, each with its key, in one go.</summary>
    public static async Task<IReadOnlyList<Opened>> OpenAsync(IReadOnlyCollection<(EncryptionKey Key, string Jwe)> tokens)
    {
        var input = new JsonArray([.. tokens.Select(t => new JsonObject { ["jwe"] = t.Jwe, ["jwk"] = t.Key._private.DeepClone() })]);
        var run = await Peers.RunAsync("decrypt.mjs", new Dictionary<string, string> { ["TOKENS"] = input.ToJsonString() });
        if (run.ExitCode != 0) throw new InvalidOperationException("jose cannot open it: " + run);
        return [.. run.Lines.Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement).Select(line => new Opened(line.GetProperty("header"), line.GetProperty("text").GetString() ?? ""))];
    }

    private static string Encode(byte[]? bytes) => WebEncoders.Base64UrlEncode(bytes ?? []);
}

/// <summary>A decrypted JWE.</summary>
public sealed record Opened(JsonElement Header, string Text)
{
    public string? Of(string name) => Header.TryGetProperty(name, out var value) ? value.ToString() : null;
}
