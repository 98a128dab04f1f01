using System.ComponentModel.DataAnnotations;

namespace IdP.Credentials.Passwords;

/// <summary>Section <c>Passwords</c>: cost of the hash and of verifying it. The defaults are OWASP's for Argon2id.</summary>
public sealed class PasswordHashOptions
{
    /// <summary>Memory of one verification in KiB. Default 19456 (19 MiB).</summary>
    [Range(8192, 1_048_576, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int MemoryKiB { get; set; } = 19_456;

    /// <summary>Passes over the memory. Default 2.</summary>
    [Range(1, 20, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int Iterations { get; set; } = 2;

    /// <summary>Verifications at the same time. Default 0: one per processor. Bounds memory to this times <see cref="MemoryKiB"/>.</summary>
    [Range(0, 256, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int MaxConcurrent { get; set; }

    /// <summary>Verifications that may wait; beyond it a sign-in is answered 503 with Retry-After. Default 200.</summary>
    [Range(1, 100_000, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int MaxWaiting { get; set; } = 200;
}
