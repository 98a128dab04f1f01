using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using NSec.Cryptography;

namespace IdP.Credentials.Passwords;

/// <summary>
/// Argon2id (RFC 9106) in the PHC string format <c>$argon2id$v=19$m=…,t=…,p=1$salt$hash</c>. Hashes of ASP.NET Core Identity (V2, V3) verify too and
/// are replaced at the next sign-in, as are those with older parameters.
/// </summary>
public sealed class PasswordHasher(IOptions<PasswordHashOptions> options) : IPasswordHasher<User>
{
    public const int MaxLength = 256;
    private const int SaltSize = 16;
    private const int HashSize = 32;
    private const string Prefix = "$argon2id$v=19$";
    private static readonly PasswordHasher<User> Imported = new();

    public string HashPassword(User user, string password)
    {
        var (memory, iterations) = (options.Value.MemoryKiB, options.Value.Iterations);
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}m={memory},t={iterations},p=1${Encode(salt)}${Encode(Derive(password, salt, memory, iterations))}");
    }

    public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
    {
        if (providedPassword.Length > MaxLength) return PasswordVerificationResult.Failed;
        if (!hashedPassword.StartsWith(Prefix, StringComparison.Ordinal))
            return Imported.VerifyHashedPassword(user, hashedPassword, providedPassword) is PasswordVerificationResult.Failed ? PasswordVerificationResult.Failed : PasswordVerificationResult.SuccessRehashNeeded;

        if (hashedPassword[Prefix.Length..].Split('$') is not [var parameters, var salt, var hash] || Parse(parameters) is not var (memory, iterations)) return PasswordVerificationResult.Failed;
        var expected = Decode(hash);
        if (!CryptographicOperations.FixedTimeEquals(Derive(providedPassword, Decode(salt), memory, iterations), expected)) return PasswordVerificationResult.Failed;
        return (memory, iterations) == (options.Value.MemoryKiB, options.Value.Iterations) ? PasswordVerificationResult.Success : PasswordVerificationResult.SuccessRehashNeeded;
    }

    private static byte[] Derive(string password, byte[] salt, int memoryKiB, int iterations) => PasswordBasedKeyDerivationAlgorithm
        .Argon2id(new Argon2Parameters { MemorySize = memoryKiB, NumberOfPasses = iterations, DegreeOfParallelism = 1 })
        .DeriveBytes(Encoding.UTF8.GetBytes(password), salt, HashSize);

    private static (int Memory, int Iterations)? Parse(string parameters) =>
        parameters.Split(',') is [['m', '=', .. var m], ['t', '=', .. var t], "p=1"]
        && int.TryParse(m, NumberStyles.None, CultureInfo.InvariantCulture, out var memory) && int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            ? (memory, iterations) : null;

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static byte[] Decode(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
}
