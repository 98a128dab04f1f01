using System.Collections.Frozen;

namespace IdP.Credentials.Passwords;

/// <summary>
/// A short built-in list of words, names, keyboard walks and dates that head every list of leaked passwords, compared without case, without
/// what stands around the letters and with the usual look-alikes undone, so that each entry stands for many passwords.
/// </summary>
internal static class CommonPasswords
{
    private static readonly FrozenSet<string> Words = new[]
    {
        "password", "passwort", "passwd", "passphrase", "secret", "letmein", "welcome", "willkommen", "changeme", "default", "testtest", "test",
        "admin", "administrator", "root", "user", "guest", "login", "master", "superman", "batman", "spiderman", "pokemon", "starwars", "startrek",
        "qwerty", "qwertyui", "qwertyuiop", "qwertz", "qwertzui", "qwertzuiop", "azerty", "azertyui", "azertyuiop", "asdfgh", "asdfghjk", "asdfghjkl",
        "zxcvbn", "zxcvbnm", "yxcvbnm", "qazwsx", "qazwsxedc", "qweasd", "qweasdzxc", "abcdefg", "abcdefgh", "abcd", "abc", "aaaaaaaa", "iloveyou",
        "sunshine", "princess", "football", "fussball", "baseball", "basketball", "dragon", "monkey", "shadow", "michael", "jennifer", "jordan", "thomas",
        "charlie", "daniel", "jessica", "ashley", "matthew", "andrew", "summer", "winter", "spring", "autumn", "sommer", "herbst", "january", "february",
        "march", "april", "june", "july", "august", "september", "october", "november", "december", "monday", "friday", "sunday", "computer", "internet",
        "server", "company", "office", "google", "microsoft", "samsung", "whatever", "trustnoone", "trustno", "freedom", "hello", "hallo", "helloworld", "access",
        "hunter", "killer", "soccer", "hockey", "tigger", "ginger", "pepper", "cookie", "cheese", "chocolate", "butterfly", "purple", "orange", "silver", "golden",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static bool Contains(string password)
    {
        var lower = password.ToLowerInvariant();
        if (lower.Distinct().Count() <= 2 || IsDigitsOnly(lower) && lower.Length <= 12) return true;
        return Words.Contains(lower) || Words.Contains(LettersOf(lower)) || Words.Contains(LettersOf(UndoLookAlikes(lower)));
    }

    private static bool IsDigitsOnly(string text) => text.All(c => c is >= '0' and <= '9' or '-' or '.' or ' ' or '/');

    private static string LettersOf(string text) => text.Trim([.. text.Where(c => !char.IsLetter(c))]);

    private static string UndoLookAlikes(string text) => text.Replace('0', 'o').Replace('1', 'l').Replace('3', 'e').Replace('4', 'a').Replace('5', 's').Replace('@', 'a').Replace('$', 's').Replace('!', 'i');
}
