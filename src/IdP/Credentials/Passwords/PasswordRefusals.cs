using IdP.Access;

namespace IdP.Credentials.Passwords;

/// <summary>Everything that can be wrong with a chosen password. The codes are stable; what people read in their language is found by them.</summary>
internal static class PasswordRefusals
{
    public static Failure Length(string field) => Failure.Invalid("password_length", $"A password has {PasswordRules.MinLength} to {PasswordRules.MaxLength} characters.", field) with { Arguments = [PasswordRules.MinLength, PasswordRules.MaxLength] };

    public static Failure Characters(string field) => Failure.Invalid("password_characters", "The password contains something that is no character.", field);

    public static Failure OwnWords(string field) => Failure.Invalid("password_is_name", "The password must not be made of names: yours, your e-mail address, your organization or this site.", field);

    public static Failure Common(string field) => Failure.Invalid("password_common", "This password is one of the first that attackers try.", field);

    public static Failure Breached(string field) => Failure.Invalid("password_breached", "This password is known from a data breach somewhere, so attackers try it. Choose another one, here and wherever else you use it.", field);

    public static Failure Same(string field) => Failure.Invalid("password_same", "Choose a password that you do not have already.", field);

    public static Failure Reused(string field) => Failure.Invalid("password_reused", "You had this password before. Choose one that is new.", field);
}
