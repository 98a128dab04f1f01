using System.Security.Cryptography;
using System.Text;

namespace IdP.Protocol.Clients;

/// <summary>
/// Hashes of client and API secrets. Secrets made by this provider carry 256 random bits, for which one SHA-256 is as strong as
/// the secret; a secret chosen by a person gets PBKDF2, because it can be guessed.
/// Format: <c>sha256$BASE64</c> or <c>pbkdf2-sha256$ITERATIONS$SALT$BASE64</c>.
/// </summary>
public static class SecretHasher
{
    private const int Iterations = 100_000;
    private const int MaxIterations = 1_000_000;
    private const int GeneratedLength = 43;

    /// <summary>A new secret of random bytes, base64url without padding.</summary>
    /// <param name="bytes">At least 32: <see cref="HashGenerated"/> relies on it.</param>
    public static string Generate(int bytes = 32)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 32);
        return Base64Url(RandomNumberGenerator.GetBytes(bytes));
    }

    public static string HashGenerated(string secret) => "sha256$" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    public static string HashChosen(string secret)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return $"pbkdf2-sha256${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(secret, salt, Iterations))}";
    }

    public static bool Verify(string hash, string secret)
    {
        var parts = hash.Split('$');
        return parts switch
        {
            ["sha256", var digest] => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(secret)), Convert.FromBase64String(digest)),
            ["pbkdf2-sha256", var iterations, var salt, var digest] => CryptographicOperations.FixedTimeEquals(
                Derive(secret, Convert.FromBase64String(salt), int.Parse(iterations, System.Globalization.CultureInfo.InvariantCulture)), Convert.FromBase64String(digest)),
            _ => false,
        };
    }

    /// <summary>Whether a text from outside is a hash this class can verify at a bearable price.</summary>
    public static bool IsHash(string text) => text.Split('$') switch
    {
        ["sha256", var digest] => IsBase64(digest, SHA256.HashSizeInBytes),
        ["pbkdf2-sha256", var iterations, var salt, var digest] =>
            int.TryParse(iterations, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var count)
            && count is >= 1 and <= MaxIterations && IsBase64(salt, 16) && IsBase64(digest, SHA256.HashSizeInBytes),
        _ => false,
    };

    /// <summary>Whether a hash was made by <see cref="HashChosen"/>: slow to verify, so its verdicts are worth remembering.</summary>
    public static bool IsSlow(string hash) => hash.StartsWith("pbkdf2-", StringComparison.Ordinal);

    /// <summary>First characters of a generated secret, safe to show: 18 of 256 bits.</summary>
    public static string? Hint(string secret) => secret.Length >= GeneratedLength ? secret[..3] : null;

    private static byte[] Derive(string secret, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(secret), salt, iterations, HashAlgorithmName.SHA256, 32);

    private static bool IsBase64(string text, int length) =>
        text.Length <= 100 && Convert.TryFromBase64String(text, stackalloc byte[100], out var written) && written == length;

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
