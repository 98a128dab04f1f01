using System.Buffers.Binary;
using System.Buffers.Text;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IdP.Testing;

/// <summary>An authenticator in software (WebAuthn Level 3, 6): keeps one passkey, and can be told to lie.</summary>
public sealed class SoftwareAuthenticator(Uri origin) : IDisposable
{
    private const byte UserPresent = 0x01, UserVerified = 0x04, AttestedData = 0x40;

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private uint counter;

    public byte[] CredentialId { get; init; } = RandomNumberGenerator.GetBytes(32);

    /// <summary>Whom the passkey is for, as the provider named them when it was made.</summary>
    public string? UserHandle { get; set; }

    /// <summary>The page that the browser says it is at.</summary>
    public string Origin { get; set; } = origin.GetLeftPart(UriPartial.Authority);

    /// <summary>The domain that the authenticator signs for.</summary>
    public string RelyingPartyId { get; set; } = origin.Host;

    public bool VerifiesUser { get; set; } = true;

    /// <summary>Counts up with every signature; a copy of the authenticator would not.</summary>
    public uint Counter { get => counter; set => counter = value; }

    public bool Counts { get; set; } = true;

    public Guid Model { get; init; }

    /// <summary>Who vouches for it when it makes a passkey (WebAuthn 8.2); null: nobody.</summary>
    public AuthenticatorMaker? Maker { get; init; }

    /// <summary>Writes something else in place of the attestation statement.</summary>
    public Action<CborWriter>? Statement { get; init; }

    /// <summary>Whether it vouches for itself (self attestation).</summary>
    public bool SignsForItself { get; init; }

    /// <summary>Makes the passkey: what a page's script would send.</summary>
    public string Create(JsonElement options)
    {
        UserHandle = options.GetProperty("user").GetProperty("id").GetString();
        var parameters = key.ExportParameters(includePrivateParameters: false);
        var cose = new CborWriter(CborConformanceMode.Ctap2Canonical);
        cose.WriteStartMap(5);
        cose.WriteInt32(1);
        cose.WriteInt32(2); // EC2
        cose.WriteInt32(3);
        cose.WriteInt32(-7); // ES256
        cose.WriteInt32(-1);
        cose.WriteInt32(1); // P-256
        cose.WriteInt32(-2);
        cose.WriteByteString(parameters.Q.X!); // a made key has both coordinates
        cose.WriteInt32(-3);
        cose.WriteByteString(parameters.Q.Y!);
        cose.WriteEndMap();
        byte[] length = [(byte)(CredentialId.Length >> 8), (byte)CredentialId.Length];
        byte[] data = [.. AuthenticatorData(AttestedData), .. Model.ToByteArray(bigEndian: true), .. length, .. CredentialId, .. cose.Encode()];

        var attestation = new CborWriter(CborConformanceMode.Ctap2Canonical);
        attestation.WriteStartMap(3);
        attestation.WriteTextString("fmt");
        attestation.WriteTextString(Maker is null && !SignsForItself && Statement is null ? "none" : "packed");
        attestation.WriteTextString("attStmt");
        var client = ClientData("webauthn.create", options);
        WriteStatement(attestation, [.. data, .. SHA256.HashData(client)]);
        attestation.WriteTextString("authData");
        attestation.WriteByteString(data);
        attestation.WriteEndMap();
        return Describe(new JsonObject
        {
            ["clientDataJSON"] = Base64Url.EncodeToString(client), ["attestationObject"] = Base64Url.EncodeToString(attestation.Encode()), ["transports"] = new JsonArray("internal"),
        });
    }

    private void WriteStatement(CborWriter attestation, byte[] signed)
    {
        if (Statement is not null)
        {
            Statement(attestation);
            return;
        }

        if (Maker is null && !SignsForItself)
        {
            attestation.WriteStartMap(0);
            attestation.WriteEndMap();
            return;
        }

        attestation.WriteStartMap(Maker is null ? 2 : 3);
        attestation.WriteTextString("alg");
        attestation.WriteInt32(-7);
        attestation.WriteTextString("sig");
        attestation.WriteByteString((Maker?.Key ?? key).SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        if (Maker is not null)
        {
            attestation.WriteTextString("x5c");
            attestation.WriteStartArray(1);
            attestation.WriteByteString(Maker.Certificate);
            attestation.WriteEndArray();
        }
        attestation.WriteEndMap();
    }

    /// <summary>Answers a challenge: what a page's script would send.</summary>
    public string Get(JsonElement options)
    {
        if (Counts) counter++;
        var (data, client) = (AuthenticatorData(0), ClientData("webauthn.get", options));
        var signature = key.SignData([.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return Describe(new JsonObject
        {
            ["clientDataJSON"] = Base64Url.EncodeToString(client), ["authenticatorData"] = Base64Url.EncodeToString(data), ["signature"] = Base64Url.EncodeToString(signature), ["userHandle"] = UserHandle,
        });
    }

    public void Dispose() => key.Dispose();

    private byte[] AuthenticatorData(byte more)
    {
        var count = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(count, counter);
        return [.. SHA256.HashData(Encoding.ASCII.GetBytes(RelyingPartyId)), (byte)(UserPresent | (VerifiesUser ? UserVerified : 0) | more), .. count];
    }

    private byte[] ClientData(string type, JsonElement options) =>
        JsonSerializer.SerializeToUtf8Bytes(new { type, challenge = options.GetProperty("challenge").GetString(), origin = Origin, crossOrigin = false });

    private string Describe(JsonObject response)
    {
        var id = Base64Url.EncodeToString(CredentialId);
        return new JsonObject { ["id"] = id, ["rawId"] = id, ["type"] = "public-key", ["response"] = response, ["clientExtensionResults"] = new JsonObject(), ["authenticatorAttachment"] = "platform" }.ToJsonString();
    }
}
