using IdP.Credentials.Passwords;
using IdP.SignIn;

namespace IdP.UI.Console;

/// <summary>How a sign-in ended, in words for administrators.</summary>
internal static class SignInOutcomes
{
    public static string Describe(SignInOutcome outcome) => outcome switch
    {
        SignInOutcome.Success => "Signed in",
        SignInOutcome.WrongPassword => "Wrong password",
        SignInOutcome.UnknownUser => "Unknown user",
        SignInOutcome.Disabled => "User disabled",
        SignInOutcome.LockedOut => "Locked out",
        SignInOutcome.Busy => "Server busy",
        SignInOutcome.UpstreamRefused => "Refused by the provider",
        SignInOutcome.MoreNeeded => "More than a password needed",
        SignInOutcome.FactorNeeded => "Second factor asked",
        SignInOutcome.WrongFactor => "Wrong second factor",
        SignInOutcome.UsedFactor => "Used code",
        SignInOutcome.CopiedPasskey => "Passkey may be copied",
        SignInOutcome.Blocked => "Not from that network",
        SignInOutcome.BlockedByRisk => "Too unusual",
        SignInOutcome.NotAssigned => "App not assigned",
        SignInOutcome.ProofTooOld => "Fresh sign-in asked",
        SignInOutcome.EnrolmentNeeded => "Factor missing",
        SignInOutcome.Passed => "Went on to an app",
        SignInOutcome.RecoveryNeeded => "Let in to set a new factor",
        _ => outcome.ToString(),
    };

    /// <summary>The same, with the reason when a new password had to be chosen.</summary>
    public static string Describe(SignInDecision decision) => decision.PasswordChangeReason switch
    {
        null => Describe(decision.Outcome),
        PasswordChangeReason.SetByOthers => Describe(decision.Outcome) + ", password set by others",
        PasswordChangeReason.Common => Describe(decision.Outcome) + ", common password",
        PasswordChangeReason.Breached => Describe(decision.Outcome) + ", breached password",
        PasswordChangeReason.TooOld => Describe(decision.Outcome) + ", password too old",
        _ => Describe(decision.Outcome),
    };

    /// <summary>The colour of its badge.</summary>
    public static string Kind(SignInOutcome outcome) => outcome switch { SignInOutcome.Success or SignInOutcome.Passed => "ok", SignInOutcome.FactorNeeded or SignInOutcome.ProofTooOld or SignInOutcome.RecoveryNeeded => "", _ => "bad" };
}
