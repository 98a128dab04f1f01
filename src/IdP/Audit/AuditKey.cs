using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IdP.Audit;

/// <summary>The key that checkpoints of the audit chain and certificates of erasures are signed with (ES256, RFC 7518 3.4). It does not expire: what it signed is kept for years.</summary>
public sealed class AuditKey(ECDsa key) : IDisposable
{
    /// <summary>RFC 7638.</summary>
    public string Id { get; } = IdOf(key.ExportParameters(includePrivateParameters: false));

    /// <summary>The public half as a JWK (RFC 7517), for whoever checks a signature elsewhere.</summary>
    public string PublicJwk()
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return JsonSerializer.Serialize(new { kty = "EC", crv = "P-256", x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y), kid = Id, alg = "ES256", use = "sig" });
    }

    /// <param name="type">What kind of statement it is, so that one is never taken for another (RFC 8725 3.11).</param>
    public string Sign(string type, object statement)
    {
        var content = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { alg = "ES256", kid = Id, typ = type })) + "." + Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(statement, JsonSerializerOptions.Web));
        return content + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256));
    }

    /// <summary>What was stated; null when this key did not sign it, or it is of another kind.</summary>
    public JsonElement? Read(string type, string jws)
    {
        var parts = jws.Split('.');
        if (parts.Length != 3 || !Array.TrueForAll(parts, part => Base64Url.IsValid(part))) return null;
        if (!key.VerifyData(Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256)) return null;
        using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        if (header.RootElement.GetProperty("typ").GetString() != type) return null;
        using var content = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        return content.RootElement.Clone();
    }

    public void Dispose() => key.Dispose();

    private static string IdOf(ECParameters key) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{Base64Url.EncodeToString(key.Q.X)}}","y":"{{Base64Url.EncodeToString(key.Q.Y)}}"}""")));
}
