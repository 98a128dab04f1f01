using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using Microsoft.IdentityModel.Tokens;
using Names = OpenIddict.Abstractions.OpenIddictConstants.Claims;

namespace IdP.Protocol.Claims;

/// <summary>
/// What a client sees as <c>sub</c>: the subject itself, or for pairwise clients (OpenID Connect Core 8.1) one that only clients of the same sector share.
/// A pairwise subject is the subject encrypted deterministically (SIV: a tag over sector and subject, which is also the nonce of the encryption), so that
/// our own endpoints get the person back from a token without asking the database, and nobody else can without the key.
/// </summary>
internal sealed class SubjectIdentifiers(KeyRing keys)
{
    private const int TagLength = 16;
    private const byte GuidSubject = 1, TextSubject = 0;

    /// <summary>The subject as this client may see it. A client that acts for itself is its own subject, under its own name.</summary>
    public string For(Client client, string subject) =>
        client.SubjectType != SubjectTypes.Pairwise || subject == client.ClientId ? subject : Seal(SectorOf(client), subject);

    /// <summary>The person behind what this client sees; null when the identifier was not made for its sector.</summary>
    public string? Find(Client client, string identifier)
    {
        if (client.SubjectType != SubjectTypes.Pairwise || identifier == client.ClientId) return identifier;
        return Open(identifier) is { } subject && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(For(client, subject)), Encoding.UTF8.GetBytes(identifier)) ? subject : null;
    }

    /// <summary>Shows an identity's subject as the client may see it.</summary>
    public void Show(ClaimsIdentity identity, Client client)
    {
        if (identity.FindFirst(Names.Subject) is not { } claim || For(client, claim.Value) is var shown && shown == claim.Value) return;
        identity.RemoveClaim(claim);
        identity.AddClaim(new Claim(Names.Subject, shown));
    }

    /// <summary>
    /// Core 8.1: the host of the sector identifier URI, else the one host of the redirect URIs. A client with neither (a device, a custom scheme) is a sector of its own.
    /// </summary>
    private static string SectorOf(Client client)
    {
        foreach (var uri in client.SectorIdentifierUri is { } sector ? [sector] : client.RedirectUris)
            if (AbsoluteUri.TryParse(uri, out var parsed) && parsed.Host.Length > 0)
                return parsed.IdnHost;
        return "client " + client.ClientId;
    }

    private string Seal(string sector, string subject)
    {
        byte[] plain = Guid.TryParseExact(subject, "D", out var id) && id.ToString("D") == subject
            ? [GuidSubject, .. id.ToByteArray(bigEndian: true)]
            : [TextSubject, .. Encoding.UTF8.GetBytes(subject)];
        var sectorBytes = Encoding.UTF8.GetBytes(sector);
        byte[] bound = [(byte)(sectorBytes.Length >> 8), (byte)sectorBytes.Length, .. sectorBytes, .. plain]; // the length first: no sector runs into a subject
        var tag = HMACSHA256.HashData(KeyFor("tag"u8), bound)[..TagLength];
        return Base64Url.EncodeToString([.. tag, .. Mask(tag, plain)]);
    }

    private string? Open(string identifier)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(identifier.Length)];
        if (!Base64Url.IsValid(identifier) || !Base64Url.TryDecodeFromChars(identifier, bytes, out var length) || length <= TagLength) return null;
        return Mask(bytes[..TagLength], bytes[TagLength..length]) switch
        {
            [GuidSubject, .. { Length: 16 } id] => new Guid(id, bigEndian: true).ToString("D"),
            [TextSubject, .. var text] => Encoding.UTF8.GetString(text),
            _ => null,
        };
    }

    /// <summary>Encrypts and decrypts: a key stream of HMAC blocks, for which the tag is the nonce.</summary>
    private byte[] Mask(byte[] tag, byte[] text)
    {
        var key = KeyFor("mask"u8);
        var masked = new byte[text.Length];
        for (var at = 0; at < text.Length; at += SHA256.HashSizeInBytes)
        {
            byte[] block = [.. tag, (byte)(at / SHA256.HashSizeInBytes)];
            var stream = HMACSHA256.HashData(key, block);
            for (var i = at; i < Math.Min(text.Length, at + stream.Length); i++) masked[i] = (byte)(text[i] ^ stream[i - at]);
        }
        return masked;
    }

    private byte[] KeyFor(ReadOnlySpan<byte> use) =>
        HMACSHA256.HashData(((SymmetricSecurityKey)keys.Required(KeyAlgorithms.Pairwise).Key).Key.AsSpan(), use);
}
