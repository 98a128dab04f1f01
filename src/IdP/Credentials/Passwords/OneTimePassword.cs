using System.Security.Cryptography;

namespace IdP.Credentials.Passwords;

/// <summary>Passwords this provider makes for somebody to read out or type once: 99 bits, without characters that look alike.</summary>
public static class OneTimePassword
{
    private const string Alphabet = "23456789abcdefghjkmnpqrstuvwxyz";

    public static string Generate()
    {
        var text = RandomNumberGenerator.GetString(Alphabet, 20);
        return $"{text[..5]}-{text[5..10]}-{text[10..15]}-{text[15..]}";
    }
}
