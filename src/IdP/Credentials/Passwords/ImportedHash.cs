using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using IdP.Access;

namespace IdP.Credentials.Passwords;

/// <summary>Password hashes of another system that the password hasher can verify as they are; it replaces them at the next sign-in.</summary>
public static partial class ImportedHash
{
    public const string AspNetIdentityV2 = "aspnet-identity-v2";
    public const string AspNetIdentityV3 = "aspnet-identity-v3";
    public const string Argon2id = "argon2id";

    // A hash that costs minutes to verify would be a way to stop the server.
    private const int MaxPbkdf2Iterations = 2_000_000;
    private const int MaxArgon2MemoryKiB = 262_144;
    private const int MaxArgon2Iterations = 20;

    public static IReadOnlyList<string> Formats { get; } = [Argon2id, AspNetIdentityV2, AspNetIdentityV3];

    /// <summary>What is wrong with it, or null. What passes can be stored as it is.</summary>
    public static Failure? Check(string format, string value, string field = "passwordHash") => format switch
    {
        AspNetIdentityV2 => IsV2(value) ? null : Malformed(format, field),
        AspNetIdentityV3 => IsV3(value) ? null : Malformed(format, field),
        Argon2id => IsArgon2id(value) ? null : Malformed(format, field),
        _ => Failure.Invalid("unsupported", $"The format \"{format}\" is not supported yet; supported: {string.Join(", ", Formats)}.", field + ".format"),
    };

    private static Failure Malformed(string format, string field) => Failure.Invalid("bad_hash", $"This is no {format} hash: it is cut off, damaged or too costly to verify.", field + ".value");

    // 0x00, 16 bytes of salt, 32 bytes of PBKDF2-HMAC-SHA1.
    private static bool IsV2(string value) => Decode(value) is [0x00, ..] bytes && bytes.Length == 49;

    // 0x01, PRF, iterations, salt length (each 32 bits, big endian), salt, subkey.
    private static bool IsV3(string value)
    {
        if (Decode(value) is not [0x01, ..] bytes || bytes.Length < 13) return false;
        var prf = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(1));
        var iterations = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(5));
        var salt = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(9));
        return prf <= 2 && iterations is >= 1 and <= MaxPbkdf2Iterations && salt is >= 16 and <= 64 && bytes.Length - 13 - salt is >= 16 and <= 64;
    }

    // The PHC string format as this provider writes it: one lane, 16 bytes of salt, 32 bytes of hash.
    private static bool IsArgon2id(string value) =>
        Phc().Match(value) is { Success: true } match
        && Number(match, "m") is >= 8 and <= MaxArgon2MemoryKiB && Number(match, "t") is >= 1 and <= MaxArgon2Iterations
        && Decode(Padded(match.Groups["salt"].Value))?.Length == 16 && Decode(Padded(match.Groups["hash"].Value))?.Length == 32;

    private static byte[]? Decode(string base64)
    {
        var bytes = new byte[300];
        return base64.Length <= 400 && Convert.TryFromBase64String(base64, bytes, out var written) ? bytes[..written] : null;
    }

    private static string Padded(string text) => text.PadRight((text.Length + 3) / 4 * 4, '=');

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\$argon2id\$v=19\$m=(?<m>[0-9]{1,8}),t=(?<t>[0-9]{1,3}),p=1\$(?<salt>[A-Za-z0-9+/]+)\$(?<hash>[A-Za-z0-9+/]+)\z")]
    private static partial Regex Phc();
}
