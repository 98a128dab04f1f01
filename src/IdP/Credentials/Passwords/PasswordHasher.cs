using System.Buffers.Binary;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passwords;

/// <summary>
/// Argon2id of the password's normal form for every new hash. Hashes of ASP.NET Core Identity (V2, V3) verify too and are replaced at the next sign-in, as are those of
/// another cost and those made of text that was not normalized. Text that is no hash of a known format fails like a wrong password.
/// </summary>
public sealed class PasswordHasher(IOptions<PasswordHashOptions> options) : IPasswordHasher<User>
{
    /// <summary>Longest password in code points. Nothing shorter is ever cut.</summary>
    public const int MaxLength = PasswordText.MaxLength;
    private const int MaxImportedIterations = 2_000_000;
    private static readonly PasswordHasher<User> Imported = new();

    public string HashPassword(User user, string password)
    {
        var text = PasswordText.Normalize(password) ?? throw new ArgumentOutOfRangeException(nameof(password), $"A password is text of at most {MaxLength} characters.");
        return Argon2Hash.Create(text, options.Value.MemoryKiB, options.Value.Iterations).ToString();
    }

    public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
    {
        var text = PasswordText.Normalize(providedPassword);
        if (text is not null && Verify(user, hashedPassword, text) is var verdict and not PasswordVerificationResult.Failed) return verdict;

        // Hashes from before, and imported ones, were made of what was typed: whoever typed it in another form must not be locked out.
        if (text == providedPassword || providedPassword.Length > MaxLength || !PasswordText.IsWellFormed(providedPassword)) return PasswordVerificationResult.Failed;
        if (Verify(user, hashedPassword, providedPassword) is PasswordVerificationResult.Failed) return PasswordVerificationResult.Failed;
        return text is null ? PasswordVerificationResult.Success : PasswordVerificationResult.SuccessRehashNeeded; // too long for a new hash
    }

    private PasswordVerificationResult Verify(User user, string hashedPassword, string password)
    {
        if (Argon2Hash.TryParse(hashedPassword, out var argon2))
        {
            if (!argon2.Verify(password)) return PasswordVerificationResult.Failed;
            return (argon2.MemoryKiB, argon2.Iterations) == (options.Value.MemoryKiB, options.Value.Iterations) ? PasswordVerificationResult.Success : PasswordVerificationResult.SuccessRehashNeeded;
        }

        if (!IsImportedFormat(hashedPassword)) return PasswordVerificationResult.Failed;
        return Imported.VerifyHashedPassword(user, hashedPassword, password) is PasswordVerificationResult.Failed ? PasswordVerificationResult.Failed : PasswordVerificationResult.SuccessRehashNeeded;
    }

    // The framework's hasher throws on text that is not Base64, and spends whatever iterations the hash asks for.
    private static bool IsImportedFormat(string hash)
    {
        if (hash.Length is 0 or > 500) return false;
        var bytes = new byte[hash.Length];
        if (!Convert.TryFromBase64String(hash, bytes, out var length)) return false;
        return bytes[0] switch
        {
            0x00 => length == 49,
            0x01 => length > 13 && BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(5)) is > 0 and <= MaxImportedIterations,
            _ => false,
        };
    }
}
