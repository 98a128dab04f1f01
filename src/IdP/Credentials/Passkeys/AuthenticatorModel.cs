using System.Formats.Cbor;

namespace IdP.Credentials.Passkeys;

/// <summary>The AAGUID in what an authenticator said at registration (WebAuthn 6.5.1).</summary>
public static class AuthenticatorModel
{
    private const int AaguidOffset = 37, AaguidLength = 16;

    /// <summary>Null for one that does not say, as synced passkeys without attestation do not have to.</summary>
    public static Guid? Of(byte[] attestationObject)
    {
        var reader = new CborReader(attestationObject);
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            if (reader.ReadTextString() != "authData")
            {
                reader.SkipValue();
                continue;
            }
            var data = reader.ReadByteString();
            var aaguid = new Guid(data.AsSpan(AaguidOffset, AaguidLength), bigEndian: true);
            return aaguid == Guid.Empty ? null : aaguid;
        }
        return null;
    }

    /// <summary>What <see cref="NameOf"/> makes of a passkey that nobody named; pages say it in their language.</summary>
    public const string Synced = "Passkey", OnDevice = "Passkey on this device", SecurityKey = "Security key";

    /// <summary>What to call it until the person names it.</summary>
    public static string NameOf(Guid? aaguid, bool isSynced) => isSynced ? Synced : aaguid is null ? OnDevice : SecurityKey;
}
