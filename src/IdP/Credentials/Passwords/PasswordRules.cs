using System.Text;
using IdP.Access;

namespace IdP.Credentials.Passwords;

/// <summary>
/// What a chosen password must satisfy, in the spirit of NIST SP 800-63B 3.1.1.2: long enough, not the name, not one that everybody tries; no rules
/// about digits and signs, no expiry.
/// </summary>
public static class PasswordRules
{
    public const int MinLength = 8;
    public const int MaxLength = PasswordHasher.MaxLength;

    /// <summary>What is wrong with it, or null.</summary>
    public static Failure? Check(string password, string? userName, string? email, string field = "password")
    {
        var length = password.EnumerateRunes().Count();
        if (length < MinLength || password.Length > MaxLength)
            return Failure.Invalid("password_length", $"A password has {MinLength} to {MaxLength} characters.", field);
        if (Same(password, userName) || Same(password, email) || Same(password, email?.Split('@')[0]))
            return Failure.Invalid("password_is_name", "The password must not be the user name or the e-mail address.", field);
        if (CommonPasswords.Contains(password))
            return Failure.Invalid("password_common", "This password is one of the first that attackers try.", field);
        return null;
    }

    private static bool Same(string password, string? other) => string.Equals(password, other, StringComparison.OrdinalIgnoreCase);
}
