using System.Security.Cryptography;
using System.Text;

namespace IdP.Protocol.Grants;

/// <summary>
/// A refresh token's successor, kept beside it for the grace window so that only the holder of the used token can read it: the key comes from that token,
/// and the table holds but its hash. One key seals one text.
/// </summary>
internal static class SealedSuccessor
{
    private static readonly int NonceLength = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagLength = AesGcm.TagByteSizes.MaxSize;

    public static string Seal(string successor, string usedToken)
    {
        var text = Encoding.UTF8.GetBytes(successor);
        var bytes = new byte[NonceLength + text.Length + TagLength];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceLength));
        using var aes = new AesGcm(KeyOf(usedToken), TagLength);
        aes.Encrypt(bytes.AsSpan(0, NonceLength), text, bytes.AsSpan(NonceLength, text.Length), bytes.AsSpan(NonceLength + text.Length));
        return Convert.ToBase64String(bytes);
    }

    /// <summary>Null when this token did not seal it.</summary>
    public static string? Open(string sealedSuccessor, string usedToken)
    {
        var bytes = new byte[sealedSuccessor.Length];
        if (!Convert.TryFromBase64String(sealedSuccessor, bytes, out var length) || length <= NonceLength + TagLength) return null;

        var text = new byte[length - NonceLength - TagLength];
        try
        {
            using var aes = new AesGcm(KeyOf(usedToken), TagLength);
            aes.Decrypt(bytes.AsSpan(0, NonceLength), bytes.AsSpan(NonceLength, text.Length), bytes.AsSpan(NonceLength + text.Length, TagLength), text);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>The label parts this key from the hash by which the token is found.</summary>
    private static byte[] KeyOf(string usedToken) => HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(usedToken), 32, info: "IdP.RefreshSuccessor"u8.ToArray());
}
