using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IdP.PersonalData;

/// <summary>AES-256-GCM under a person's key. What is stored begins with the id of the key, so that it can be found again: version, id, nonce, tag, ciphertext.</summary>
internal static class PersonalCipher
{
    public const int KeySize = 32;

    private const byte Version = 1;
    private const int NonceSize = 12, TagSize = 16, IdSize = 16, HeaderSize = 1 + IdSize;

    public static byte[] Seal(byte[] key, Guid keyId, string purpose, Guid rowId, string?[] values)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(values);
        var result = new byte[HeaderSize + NonceSize + TagSize + plain.Length];
        result[0] = Version;
        keyId.TryWriteBytes(result.AsSpan(1), bigEndian: true, out _);
        var nonce = result.AsSpan(HeaderSize, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(nonce, plain, result.AsSpan(HeaderSize + NonceSize + TagSize), result.AsSpan(HeaderSize + NonceSize, TagSize), Bound(purpose, rowId));
        return result;
    }

    /// <summary>Null when it is none of this purpose and row, or not of this key.</summary>
    public static string?[]? Open(byte[] key, string purpose, Guid rowId, byte[] stored)
    {
        if (KeyIdOf(stored) is null) return null;
        var plain = new byte[stored.Length - HeaderSize - NonceSize - TagSize];
        using var aes = new AesGcm(key, TagSize);
        try
        {
            aes.Decrypt(stored.AsSpan(HeaderSize, NonceSize), stored.AsSpan(HeaderSize + NonceSize + TagSize), stored.AsSpan(HeaderSize + NonceSize, TagSize), plain, Bound(purpose, rowId));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        return JsonSerializer.Deserialize<string?[]>(plain);
    }

    public static Guid? KeyIdOf(byte[] stored) => stored.Length >= HeaderSize + NonceSize + TagSize && stored[0] == Version ? new Guid(stored.AsSpan(1, IdSize), bigEndian: true) : null;

    private static byte[] Bound(string purpose, Guid rowId) => [.. rowId.ToByteArray(bigEndian: true), .. Encoding.ASCII.GetBytes(purpose)];
}
