using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace IdP.Credentials.Passwords;

/// <summary>An Argon2id hash (RFC 9106) in PHC string form: <c>$argon2id$v=19$m=19456,t=2,p=1$salt$hash</c>.</summary>
internal sealed record Argon2Hash(int MemoryKiB, int Iterations, byte[] Salt, byte[] Hash)
{
    private const string Prefix = "$argon2id$v=19$";
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    // A stored hash decides how much memory and time its check takes: an imported file must not be able to ask for all of it.
    private const int MaxMemoryKiB = 1_048_576;
    private const int MaxIterations = 100;

    public static Argon2Hash Create(string password, int memoryKiB, int iterations)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new Argon2Hash(memoryKiB, iterations, salt, Compute(password, salt, memoryKiB, iterations, HashBytes));
    }

    public bool Verify(string password) =>
        CryptographicOperations.FixedTimeEquals(Hash, Compute(password, Salt, MemoryKiB, Iterations, Hash.Length));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Prefix}m={MemoryKiB},t={Iterations},p=1${Encode(Salt)}${Encode(Hash)}");

    public static bool TryParse(string? text, [NotNullWhen(true)] out Argon2Hash? hash)
    {
        hash = null;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        if (text[Prefix.Length..].Split('$') is not [var costs, var saltText, var hashText]) return false;
        if (costs.Split(',') is not [var m, var t, "p=1"]) return false;
        if (!TryNumber(m, "m=", 8, MaxMemoryKiB, out var memory) || !TryNumber(t, "t=", 1, MaxIterations, out var passes)) return false;
        // libsodium takes salts of 16 bytes only.
        if (!TryDecode(saltText, out var salt) || salt.Length != SaltBytes) return false;
        if (!TryDecode(hashText, out var value) || value.Length is < 16 or > 64) return false;

        hash = new Argon2Hash(memory, passes, salt, value);
        return true;
    }

    private static byte[] Compute(string password, byte[] salt, int memoryKiB, int iterations, int length)
    {
        var algorithm = PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters
        {
            MemorySize = memoryKiB,
            NumberOfPasses = iterations,
            DegreeOfParallelism = 1,
        });
        var bytes = Encoding.UTF8.GetBytes(password);
        try
        {
            return algorithm.DeriveBytes(bytes, salt, length);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static bool TryNumber(string text, string name, int least, int most, out int value)
    {
        value = 0;
        return text.StartsWith(name, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value >= least && value <= most;
    }

    // The PHC format writes Base64 without padding.
    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length is 0 or > 200 || text.Contains('=')) return false;
        var padded = text.PadRight((text.Length + 3) / 4 * 4, '=');
        var buffer = new byte[padded.Length / 4 * 3];
        if (!Convert.TryFromBase64String(padded, buffer, out var written)) return false;
        bytes = buffer[..written];
        return true;
    }
}
