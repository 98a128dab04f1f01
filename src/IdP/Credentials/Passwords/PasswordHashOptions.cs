using System.ComponentModel.DataAnnotations;

namespace IdP.Credentials.Passwords;

/// <summary>Section <c>Passwords</c>: cost of the hash and of verifying it. The defaults are OWASP's for Argon2id.</summary>
public sealed class PasswordHashOptions
{
    /// <summary>Memory of one verification in KiB. Default 19456 (19 MiB).</summary>
    [Range(8192, 1_048_576, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int MemoryKiB { get; set; } = 19_456;

    /// <summary>Passes over the memory. Default 2.</summary>
    [Range(1, 20, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int Iterations { get; set; } = 2;

    /// <summary>
    /// Hashes at the same time, each on a thread of its own. Default 0: one less than there are processors, at least one. Bounds memory to this times
    /// <see cref="MemoryKiB"/>.
    /// </summary>
    [Range(0, 256, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int MaxConcurrent { get; set; }

    /// <summary>
    /// Hashes that may wait. Default 200. Beyond it whoever waits least gets the place, and the others are answered 429 with Retry-After. One source
    /// (a network address, IPv6 by /64) may have all places only as long as nobody else wants them.
    /// </summary>
    [Range(1, 10_000, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int MaxWaiting { get; set; } = 200;

    /// <summary>
    /// How far hashing gives way to other work on the same processors: the nice value of its threads on Linux, from 0 (not at all) to 19; elsewhere anything
    /// but 0 means below normal. Default 10: about a tenth of a processor that is fully wanted by others, all of it otherwise.
    /// </summary>
    [Range(0, 19, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int Niceness { get; set; } = 10;
}
