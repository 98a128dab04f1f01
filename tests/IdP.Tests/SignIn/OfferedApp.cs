using System.Text.RegularExpressions;
using IdP.Credentials.AuthenticatorApps;

namespace IdP.Tests.SignIn;

/// <summary>An authenticator app that reads the secret on a page.</summary>
internal static partial class OfferedApp
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>What it shows now.</summary>
    public static string CodeOf(Page page, ServerUnderTest server)
    {
        var text = Secret().Match(page.Body).Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);
        List<byte> secret = [];
        var (bits, count) = (0, 0);
        foreach (var letter in text)
        {
            (bits, count) = ((bits << 5) | Alphabet.IndexOf(letter, StringComparison.Ordinal), count + 5);
            if (count < 8) continue;
            secret.Add((byte)(bits >> (count - 8)));
            (bits, count) = (bits & ((1 << (count - 8)) - 1), count - 8);
        }
        return Totp.CodeAt([.. secret], server.Clock.Time.GetUtcNow());
    }

    [GeneratedRegex("<code id=\"secret\">([^<]+)</code>")]
    private static partial Regex Secret();
}
