using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdP.Protocol.Grants;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passkeys;

/// <summary>What a page's script hands to the browser, and what its form must bring back with the authenticator's answer.</summary>
/// <param name="Options">JSON as <c>parseRequestOptionsFromJSON</c> or <c>parseCreationOptionsFromJSON</c> take it (WebAuthn 5.1.8, 5.1.9).</param>
/// <param name="State">Sealed.</param>
public sealed record PasskeyChallenge(string Options, string State);

/// <summary>
/// The two ceremonies of WebAuthn. The framework checks what authenticators say; here is what it leaves open: each challenge is sealed for one purpose and one
/// browser, or one app in one session, lives as long as the browser's dialog may, and counts once.
/// </summary>
public sealed class PasskeyCeremonies(IPasskeyHandler<User> handler, IDataProtectionProvider protection, IOptions<PasskeyOptions> options, TimeProvider clock)
{
    private const string SignIn = "sign-in", Registration = "registration", RegistrationByApp = "registration-by-app";

    /// <param name="user">Null to let the person choose: no list that would tell a stranger who has passkeys.</param>
    public async Task<PasskeyChallenge> ChallengeAsync(User? user, HttpContext http)
    {
        var made = await handler.MakeRequestOptionsAsync(user, http);
        return new(made.RequestOptionsJson, Seal(SignIn, made.AssertionState, PendingLogins.BrowserOf(http)));
    }

    /// <param name="holder">Who may bring the answer; null for this browser.</param>
    public async Task<PasskeyChallenge> ChallengeNewAsync(User user, HttpContext http, string? holder = null)
    {
        var made = await handler.MakeCreationOptionsAsync(new PasskeyUserEntity { Id = user.Id.ToString(), Name = user.UserName ?? "", DisplayName = user.DisplayName }, http);
        return new(made.CreationOptionsJson, holder is null ? Seal(Registration, made.AttestationState, PendingLogins.BrowserOf(http)) : Seal(RegistrationByApp, made.AttestationState, holder));
    }

    /// <summary>Who answered, or why the answer is not worth anything, and the row that makes a second use of the challenge fail, to be saved with what it led to; null when the challenge is none of ours.</summary>
    public async Task<(PasskeyAssertionResult<User> Answer, RevokedToken Spent)?> AnswerAsync(string credential, string state, HttpContext http)
    {
        if (Open(SignIn, state, PendingLogins.BrowserOf(http)) is not { } opened) return null;
        var answer = await handler.PerformAssertionAsync(new PasskeyAssertionContext { CredentialJson = credential, AssertionState = opened.State, HttpContext = http });
        return (answer, Spend(opened));
    }

    /// <summary>Whether all was right but the counter, which has to go on (WebAuthn 7.2, step 22). The framework tells this by its sentence only.</summary>
    public static bool IsCopy(PasskeyAssertionResult<User> answer) => answer.Failure?.Message.Contains("signature counter", StringComparison.Ordinal) is true;

    /// <summary>A new passkey for this person, likewise.</summary>
    public async Task<(UserPasskeyInfo Passkey, RevokedToken Spent)?> AnswerNewAsync(Guid userId, string credential, string state, HttpContext http, string? holder = null)
    {
        if ((holder is null ? Open(Registration, state, PendingLogins.BrowserOf(http)) : Open(RegistrationByApp, state, holder)) is not { } opened) return null;
        var answer = await handler.PerformAttestationAsync(new PasskeyAttestationContext { CredentialJson = credential, AttestationState = opened.State, HttpContext = http });
        return answer.Succeeded && answer.UserEntity.Id == userId.ToString() ? (answer.Passkey, Spend(opened)) : null;
    }

    // By what is in the seal and not by its text, which can be written in several ways.
    private static RevokedToken Spend(Sealed opened) => new() { TokenId = $"passkey:{opened.Id:N}", ExpiresAt = opened.ExpiresAt };

    private string Seal(string purpose, string? state, string holder) =>
        protection.CreateProtector("IdP.Passkeys", purpose).Protect(JsonSerializer.Serialize(new Sealed(Guid.NewGuid(), holder, clock.GetUtcNow() + options.Value.Timeout, state ?? "")));

    private Sealed? Open(string purpose, string state, string holder)
    {
        try
        {
            var opened = JsonSerializer.Deserialize<Sealed>(protection.CreateProtector("IdP.Passkeys", purpose).Unprotect(state))!; // what was sealed above
            return opened.ExpiresAt > clock.GetUtcNow() && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(opened.Holder), Encoding.UTF8.GetBytes(holder)) ? opened : null;
        }
        catch (CryptographicException)
        {
            return null; // not ours
        }
    }

    private sealed record Sealed(Guid Id, string Holder, DateTimeOffset ExpiresAt, string State);
}
