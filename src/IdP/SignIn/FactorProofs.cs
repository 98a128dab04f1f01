using IdP.Credentials;
using IdP.Credentials.AuthenticatorApps;
using IdP.Credentials.Passkeys;
using IdP.Credentials.RecoveryCodes;
using Microsoft.AspNetCore.Http;

namespace IdP.SignIn;

/// <summary>A second factor as it came in a form.</summary>
public abstract record FactorProof
{
    public sealed record AppCode(string Code) : FactorProof;

    public sealed record RecoveryCode(string Code) : FactorProof;

    public sealed record MailCode(string Code) : FactorProof;

    /// <param name="Credential">The authenticator's answer, JSON.</param>
    /// <param name="State">What <see cref="PasskeyCeremonies"/> sealed.</param>
    public sealed record Passkey(string Credential, string State) : FactorProof;
}

/// <summary>Takes a second factor, as part of the change being made: each code once. Tries are counted by <see cref="FactorCounters"/>.</summary>
public sealed class FactorProofs(AuthenticatorApps apps, IssueRecoveryCodes recoveryCodes, PasskeyProof passkeys)
{
    public async Task<SignInOutcome> VerifyAsync(Guid userId, FactorProof proof, HttpContext http, CancellationToken ct) => proof switch
    {
        FactorProof.AppCode app => await apps.VerifyAsync(userId, CodeText.Digits(app.Code), ct) switch
        {
            CodeVerdict.Right => SignInOutcome.Success,
            CodeVerdict.UsedBefore => SignInOutcome.UsedFactor,
            _ => SignInOutcome.WrongFactor,
        },
        FactorProof.RecoveryCode code => await recoveryCodes.UseAsync(userId, code.Code, ct) ? SignInOutcome.Success : SignInOutcome.WrongFactor,
        FactorProof.Passkey passkey => await VerifyAsync(userId, passkey, http, ct),
        _ => throw new InvalidOperationException("Unknown factor."),
    };

    private async Task<SignInOutcome> VerifyAsync(Guid userId, FactorProof.Passkey passkey, HttpContext http, CancellationToken ct)
    {
        Guid? copied = null;
        var proven = await passkeys.TakeAsync(passkey.Credential, passkey.State, http, ct, owner => copied = owner);
        return proven?.User.Id == userId ? SignInOutcome.Success : copied == userId ? SignInOutcome.CopiedPasskey : SignInOutcome.WrongFactor;
    }
}
