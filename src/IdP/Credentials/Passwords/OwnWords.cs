using System.Globalization;
using System.Text;
using IdP.Credentials.Passwords.Known;

namespace IdP.Credentials.Passwords;

/// <summary>Passwords that are made of what their owner is called and hardly anything else, such as Alice.Example1! of Alice Example.</summary>
internal static class OwnWords
{
    /// <summary>What may be left without the words, in letters and digits: a year or less is no secret.</summary>
    private const int MaxRest = 4;
    private const int MinWord = 3;

    public static bool MakeUp(string password, PasswordOwner owner, IEnumerable<string> places)
    {
        var words = Parts([owner.UserName, owner.Email, .. owner.Names, .. places]).ToList();
        return MakeUp(Plain(password), words.ConvertAll(Plain)) || MakeUp(Plain(CommonPasswords.KeyOf(password)), words.ConvertAll(word => Plain(CommonPasswords.KeyOf(word))));
    }

    private static bool MakeUp(string password, IEnumerable<string> words)
    {
        var rest = password;
        foreach (var word in words.Where(w => w.Length >= MinWord).OrderByDescending(w => w.Length)) rest = rest.Replace(word, "", StringComparison.Ordinal);
        return rest.Length < password.Length && new StringInfo(rest).LengthInTextElements <= MaxRest;
    }

    /// <summary>The names as they are and each word of them; of an address what is before the @, and its domain.</summary>
    private static IEnumerable<string> Parts(IEnumerable<string?> names)
    {
        foreach (var name in names)
        {
            if (string.IsNullOrWhiteSpace(name) || !PasswordText.IsWellFormed(name)) continue;
            yield return name;
            foreach (var part in name.Split(['@', '.', '-', '_', '+', ' ', '\''], StringSplitOptions.RemoveEmptyEntries)) yield return part;
            if (name.Split('@') is [var local, _]) yield return local;
        }
    }

    private static string Plain(string text) => string.Concat(text.Normalize(NormalizationForm.FormKC).ToLower(CultureInfo.InvariantCulture).Where(char.IsLetterOrDigit));
}
