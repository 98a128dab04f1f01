namespace IdP.Credentials.Passwords;

/// <summary>Why a person must choose a new password before going on.</summary>
public enum PasswordChangeReason
{
    /// <summary>Somebody else has set it.</summary>
    SetByOthers = 1,

    /// <summary>It is one of those that are guessed first.</summary>
    Common = 2,

    /// <summary>It is known from a breach.</summary>
    Breached = 3,

    /// <summary>It is older than <see cref="PasswordRuleOptions.MaxAge"/>.</summary>
    TooOld = 4,
}
