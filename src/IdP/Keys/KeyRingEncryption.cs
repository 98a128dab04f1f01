using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Keys;

/// <summary>Encrypts data protection's key ring with AES-256-GCM under a key derived from <see cref="KeyProtectionOptions.Secret"/>, so that a stolen database reveals nothing.</summary>
internal sealed class KeyRingEncryptor(IOptions<KeyProtectionOptions> options) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plaintext = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var nonce = RandomNumberGenerator.GetBytes(KeyRingCipher.NonceSize);
        var ciphertext = new byte[plaintext.Length];
        var tag = new byte[KeyRingCipher.TagSize];
        using var aes = KeyRingCipher.Open(options.Value);
        aes.Encrypt(nonce, plaintext, ciphertext, tag);
        return new EncryptedXmlInfo(new XElement(KeyRingCipher.Element, Convert.ToBase64String([.. nonce, .. tag, .. ciphertext])), typeof(KeyRingDecryptor));
    }
}

/// <summary>Activated by data protection, by the name stored beside each key: renaming or moving it makes stored keys unreadable.</summary>
internal sealed class KeyRingDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var bytes = Convert.FromBase64String(encryptedElement.Value).AsSpan();
        var plaintext = new byte[bytes.Length - KeyRingCipher.NonceSize - KeyRingCipher.TagSize];
        using var aes = KeyRingCipher.Open(services.GetRequiredService<IOptions<KeyProtectionOptions>>().Value);
        aes.Decrypt(bytes[..KeyRingCipher.NonceSize], bytes[(KeyRingCipher.NonceSize + KeyRingCipher.TagSize)..], bytes[KeyRingCipher.NonceSize..(KeyRingCipher.NonceSize + KeyRingCipher.TagSize)], plaintext);
        return XElement.Parse(Encoding.UTF8.GetString(plaintext));
    }
}

internal static class KeyRingCipher
{
    public const string Element = "aes256gcm";
    public const int NonceSize = 12;
    public const int TagSize = 16;

    public static AesGcm Open(KeyProtectionOptions options) =>
        new(HKDF.DeriveKey(HashAlgorithmName.SHA256, Convert.FromBase64String(options.Secret!), 32, info: "IdP key ring"u8.ToArray()), TagSize);
}
