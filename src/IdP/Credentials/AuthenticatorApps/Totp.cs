using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IdP.Credentials.AuthenticatorApps;

/// <summary>Time-based one-time passwords (RFC 6238) as every authenticator app makes them: HMAC-SHA-1, 30 seconds, six digits.</summary>
public static class Totp
{
    public const int Digits = 6;

    /// <summary>RFC 4226 4, R6: 160 bits are recommended.</summary>
    public const int SecretLength = 20;

    private const int Modulus = 1_000_000;
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>How many steps early or late a code may be (RFC 6238 5.2): a phone's clock is not exact, and typing takes time.</summary>
    private const int Tolerance = 1;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);

    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretLength);

    public static string CodeAt(byte[] secret, DateTimeOffset at) => Code(secret, StepAt(at));

    /// <summary>The time step in which this is the code; null when it is not one now.</summary>
    public static long? StepOf(byte[] secret, string code, DateTimeOffset now)
    {
        if (code.Length != Digits || !code.All(char.IsAsciiDigit)) return null;
        var (given, current, found) = (Encoding.ASCII.GetBytes(code), StepAt(now), (long?)null);
        // All are compared, whichever fits: the time tells nothing of the clock's difference.
        for (var step = current - Tolerance; step <= current + Tolerance; step++)
            if (CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(Code(secret, step))))
                found = step;
        return found;
    }

    /// <summary>The address that an app reads from the picture; every reader knows these parameters.</summary>
    public static string Address(byte[] secret, string issuer, string account) =>
        $"otpauth://totp/{Uri.EscapeDataString(issuer)}:{Uri.EscapeDataString(account)}?secret={ToBase32(secret)}&issuer={Uri.EscapeDataString(issuer)}&algorithm=SHA1&digits={Digits}&period={(int)Step.TotalSeconds}";

    /// <summary>RFC 4648 6, without padding.</summary>
    public static string ToBase32(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder((bytes.Length * 8 + 4) / 5);
        var (buffer, bits) = (0, 0);
        foreach (var value in bytes)
        {
            (buffer, bits) = (buffer << 8 | value, bits + 8);
            for (; bits >= 5; bits -= 5) text.Append(Base32[buffer >> bits - 5 & 31]);
            buffer &= (1 << bits) - 1;
        }
        if (bits > 0) text.Append(Base32[buffer << 5 - bits & 31]);
        return text.ToString();
    }

    /// <summary>RFC 4226 5.3.</summary>
    private static string Code(byte[] secret, long step)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)], hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
#pragma warning disable CA5350 // what RFC 4226 says and every app does; HMAC does not need a hash without collisions
        HMACSHA1.HashData(secret, counter, hash);
#pragma warning restore CA5350
        var truncated = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 15)..]) & int.MaxValue;
        return (truncated % Modulus).ToString("D6", CultureInfo.InvariantCulture);
    }

    private static long StepAt(DateTimeOffset at) => at.ToUnixTimeSeconds() / (long)Step.TotalSeconds;
}
