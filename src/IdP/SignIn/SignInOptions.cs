namespace IdP.SignIn;

/// <summary>Section <c>SignIn</c>: which ways there are.</summary>
public sealed class SignInOptions
{
    /// <summary>
    /// Whether a person with a confirmed address may sign in by a code, or a link, that is mailed to it, in place of the password. Whoever reads the mailbox can then sign in, so it is as safe as that; a
    /// second factor is asked for all the same. Needs <c>Mail</c>. Default false.
    /// </summary>
    public bool ByMail { get; set; }

    /// <summary>
    /// Whether somebody who has neither passkey nor authenticator app may show a code mailed to their confirmed address where a policy asks for two factors (<c>mfa</c>), in place of adding one. It is weaker than either: whoever
    /// reads the mailbox has it. Never beside a code, link or password that came by mail, never for <c>phishingResistant</c>. Needs <c>Mail</c>. Default false.
    /// </summary>
    public bool MailAsSecondFactor { get; set; }
}
