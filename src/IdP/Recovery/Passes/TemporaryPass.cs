using System.Security.Cryptography;
using IdP.Credentials;

namespace IdP.Recovery.Passes;

/// <summary>
/// What a temporary pass looks like: sixteen letters and digits in groups of four, 75 random bits and a check character, so that what is typed in the field of the password is looked up as a pass
/// only when it has this form, whoever's name was typed before it.
/// </summary>
public static class TemporaryPass
{
    public const int Length = 16;
    private const int Group = 4;

    /// <summary>No letter that looks like a digit (as Crockford's base 32).</summary>
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public static string Generate()
    {
        var letters = RandomNumberGenerator.GetString(Alphabet, Length - 1);
        return string.Join('-', (letters + CheckOf(letters)).Chunk(Group).Select(group => new string(group)));
    }

    /// <summary>The letters alone; null when the text cannot be a pass.</summary>
    public static string? Read(string typed)
    {
        var letters = CodeText.Letters(typed);
        return letters.Length == Length && letters.All(letter => Alphabet.Contains(letter, StringComparison.Ordinal)) && CheckOf(letters[..^1]) == letters[^1] ? letters : null;
    }

    /// <summary>Luhn's sum over 32 characters in place of ten: it notices one wrong character and most swapped neighbours.</summary>
    private static char CheckOf(string letters)
    {
        var sum = 0;
        for (var i = 0; i < letters.Length; i++)
        {
            var value = Alphabet.IndexOf(letters[letters.Length - 1 - i], StringComparison.Ordinal) * (i % 2 == 0 ? 2 : 1);
            sum += value / Alphabet.Length + value % Alphabet.Length;
        }
        return Alphabet[(Alphabet.Length - sum % Alphabet.Length) % Alphabet.Length];
    }
}
