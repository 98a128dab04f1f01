using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IdP.Credentials.Passwords.Known;

/// <summary>
/// The built-in list of passwords that are guessed first. Each entry stands for many: it is looked up without case, with the usual look-alikes undone, and also
/// without up to four digits or signs before and after it. What is one pattern and nothing else (a date, one group of characters again and again) needs no list.
/// </summary>
/// <remarks>The list is <see cref="CommonPasswordGenerator"/>'s, which computes far too much for every start: <c>IdP.Server passwords generate FILE</c> writes it anew.</remarks>
internal static class CommonPasswords
{
    /// <summary>Of the SHA-256 of an entry: with a hundred thousand entries one password in ten million is taken for another.</summary>
    public const int PrefixBytes = 5;

    private const string Resource = "IdP.Credentials.Passwords.Known.common-passwords.bin";
    private const int MaxDecoration = 4, MaxDigits = 12, MaxUnit = 4;

    private static readonly Lazy<byte[]> Prefixes = new(Read);

    public static bool Contains(string password)
    {
        var folded = Fold(password);
        var key = Liken(folded);
        if (IsPattern(folded, key) || IsListed(key)) return true;
        var (start, end) = (0, key.Length);
        while (start < end && start < MaxDecoration && !char.IsLetter(folded[start])) start++;
        while (end > start && key.Length - end < MaxDecoration && !char.IsLetter(folded[end - 1])) end--;
        return IsListed(key[start..]) || IsListed(key[..end]) || IsListed(key[start..end]);
    }

    /// <summary>What entries are compared by: P@ssw0rd and password have the same.</summary>
    public static string KeyOf(string password) => Liken(Fold(password));

    public static byte[] PrefixOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key))[..PrefixBytes];

    /// <summary>The list as it is embedded.</summary>
    internal static ReadOnlySpan<byte> Embedded => Prefixes.Value;

    private static string Fold(string password) => password.Normalize(NormalizationForm.FormKC).ToLower(CultureInfo.InvariantCulture);

    private static string Liken(string folded) => string.Create(folded.Length, folded, (key, text) =>
    {
        for (var i = 0; i < key.Length; i++)
            key[i] = text[i] switch
            {
                '0' => 'o', '1' or '|' or '!' or 'i' => 'l', '2' => 'z', '3' or '€' => 'e', '4' or '@' => 'a', '5' or '$' => 's', '7' or '+' => 't', '8' => 'b', '9' => 'g', var other => other,
            };
    });

    private static bool IsPattern(string folded, string key) =>
        folded.Length <= MaxDigits && folded.All(c => c is >= '0' and <= '9' or '-' or '.' or ' ' or '/') || key.Distinct().Count() <= 2 || IsRepeated(key);

    private static bool IsRepeated(string text)
    {
        for (var unit = 1; unit <= MaxUnit && unit * 2 <= text.Length; unit++)
            if (text.AsSpan(unit).SequenceEqual(text.AsSpan(0, text.Length - unit))) return true;
        return false;
    }

    private static bool IsListed(string key)
    {
        if (key.Length == 0) return false;
        var wanted = PrefixOf(key);
        var list = Embedded;
        var (low, high) = (0, list.Length / PrefixBytes);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var order = list.Slice(middle * PrefixBytes, PrefixBytes).SequenceCompareTo(wanted);
            if (order == 0) return true;
            if (order < 0) low = middle + 1;
            else high = middle;
        }
        return false;
    }

    private static byte[] Read()
    {
        using var stream = typeof(CommonPasswords).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException("The list of common passwords is not embedded.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
