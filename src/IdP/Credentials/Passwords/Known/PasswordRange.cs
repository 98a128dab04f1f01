using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace IdP.Credentials.Passwords.Known;

/// <summary>The answer of the range protocol: lines of 35 hex digits, a colon and a number. Those with 0 are padding. Only the leading 64 bits are kept.</summary>
internal sealed class PasswordRange
{
    private const int Digits = 35, KeptDigits = 16;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789ABCDEFabcdef");
    private readonly ulong[] _suffixes;

    private PasswordRange(IEnumerable<ulong> suffixes)
    {
        _suffixes = [.. suffixes];
        Array.Sort(_suffixes);
    }

    /// <summary>False when one line is anything else: then nothing in it can be believed.</summary>
    public static bool TryParse(string body, int minCount, [NotNullWhen(true)] out PasswordRange? range)
    {
        range = null;
        List<ulong> suffixes = [];
        foreach (var piece in body.AsSpan().Split('\n'))
        {
            var line = body.AsSpan(piece).TrimEnd('\r');
            if (line.IsEmpty) continue;
            if (line.Length < Digits + 2 || line[Digits] != ':' || line[..Digits].ContainsAnyExcept(Hex)) return false;
            if (!long.TryParse(line[(Digits + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return false;
            if (count >= minCount) suffixes.Add(NumberOf(line));
        }
        range = new(suffixes);
        return true;
    }

    public bool Contains(ReadOnlySpan<char> suffix) => Array.BinarySearch(_suffixes, NumberOf(suffix)) >= 0;

    private static ulong NumberOf(ReadOnlySpan<char> suffix) => ulong.Parse(suffix[..KeptDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
