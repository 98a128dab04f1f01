namespace IdP.Mail;

/// <summary>The mails there are, each with a template of its name.</summary>
public static class MailKinds
{
    public const string ResetPassword = "reset-password";
    public const string NoPassword = "no-password";
    public const string SignIn = "sign-in";
    public const string SignUp = "sign-up";
    public const string SignUpExisting = "sign-up-existing";
    public const string Invitation = "invitation";
    public const string ConfirmEmail = "confirm-email";
    public const string ChangeEmail = "change-email";
    public const string EmailInUse = "email-in-use";
    public const string EmailChanged = "email-changed";
    public const string LoginLinked = "login-linked";
    public const string LoginUnlinked = "login-unlinked";
    public const string NewBrowser = "new-browser";
    public const string SignInBlocked = "sign-in-blocked";
    public const string PasswordChanged = "password-changed";
    public const string PasswordRecovered = "password-recovered";
    public const string PasskeyAdded = "passkey-added";
    public const string PasskeyRemoved = "passkey-removed";
    public const string AppAdded = "app-added";
    public const string AppRemoved = "app-removed";
    public const string TokenMade = "token-made";
    public const string FactorsRemoved = "factors-removed";
    public const string TemporaryPass = "temporary-pass";
    public const string RecoveryRequested = "recovery-requested";
    public const string SecondFactor = "second-factor";
    public const string RecoveryCodeUsed = "recovery-code-used";
    public const string ErasureBegun = "erasure-begun";
    public const string ErasureDone = "erasure-done";

    private static readonly string[] Notice = ["provider", "time", "address", "browser", "freeze"];

    /// <summary>Each with what its template may name in braces, beside <c>name</c>.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> All { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        [ResetPassword] = ["link", "provider", "minutes"],
        [NoPassword] = ["link", "provider"],
        [SignIn] = ["code", "link", "provider", "minutes"],
        [SignUp] = ["link", "provider", "hours"],
        [SignUpExisting] = ["link", "provider"],
        [Invitation] = ["link", "provider", "expires"],
        [ConfirmEmail] = ["link", "provider", "hours"],
        [ChangeEmail] = ["link", "provider", "hours"],
        [EmailInUse] = ["link", "provider"],
        [EmailChanged] = Notice,
        [LoginLinked] = Notice,
        [LoginUnlinked] = Notice,
        [NewBrowser] = Notice,
        [SignInBlocked] = Notice,
        [PasswordChanged] = Notice,
        [PasswordRecovered] = Notice,
        [PasskeyAdded] = Notice,
        [PasskeyRemoved] = Notice,
        [AppAdded] = Notice,
        [AppRemoved] = Notice,
        [TokenMade] = Notice,
        [FactorsRemoved] = Notice,
        [RecoveryCodeUsed] = Notice,
        [TemporaryPass] = Notice,
        [RecoveryRequested] = ["link", "provider", "time", "address", "browser"],
        [SecondFactor] = ["code", "provider", "minutes"],
        [ErasureBegun] = ["link", "provider", "time"],
        [ErasureDone] = ["provider", "time", "certificate"],
    };
}
