using System.Buffers.Text;
using IdP.Access;
using IdP.Data;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passkeys;

/// <summary>A person registers a passkey (WebAuthn 7.1).</summary>
public sealed class AddPasskey(IdpDbContext db, PasskeyCeremonies ceremonies, FactorChanges changes, AttestationTrust trust, IOptions<PasskeyOptions> options, TimeProvider clock)
{
    private const int MaxAnswer = 65_536, MaxName = 100;

    /// <summary>WebAuthn 5.8.4.</summary>
    private static readonly string[] KnownTransports = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

    /// <summary>Null when the account is gone.</summary>
    /// <param name="app">The app that asks for the person; null when a page does.</param>
    public async Task<PasskeyChallenge?> BeginAsync(SignedInPerson person, HttpContext http, CancellationToken ct, string? app = null) =>
        await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == person.UserId && u.Enabled, ct) is { } user ? await ceremonies.ChallengeNewAsync(user, http, HolderOf(person, app)) : null;

    /// <param name="stamp">The stamp that the person must still have; null for any.</param>
    /// <param name="first">What else belongs to the change and is made before it, once the person's row is held; a refusal ends both.</param>
    /// <param name="app">The app that began it for the person; null when a page did.</param>
    public async Task<Outcome<AddedFactor>> ExecuteAsync(
        SignedInPerson person, string credential, string state, string? name, HttpContext http, CancellationToken ct, string? stamp = null, Func<User, Task<Failure?>>? first = null, string? app = null)
    {
        List<Failure> failures = [];
        TextRules.Check(failures, name, MaxName, "name");
        if (Failure.Several(failures) is { } invalid) return invalid;
        if (credential.Length > MaxAnswer || await ceremonies.AnswerNewAsync(person.UserId, credential, state, http, HolderOf(person, app)) is not { Passkey: var made, Spent: var spent })
            return Refused();
        var aaguid = AuthenticatorModel.Of(made.AttestationObject);
        if (options.Value.AllowedModels is { Count: > 0 } allowed && (aaguid is not { } model || !allowed.Contains(model)))
            return Failure.Invalid("passkey_model", "Your organization does not allow this kind of passkey. Use one of the security keys it gave out.");
        if (trust.IsAsked && !await trust.IsTrustedAsync(made.AttestationObject, made.ClientDataJson))
            return Failure.Invalid("passkey_unproven", "Your organization allows only security keys that prove which model they are, and this one did not. Use one that it gave out, and let the browser show its make when it asks.");

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await changes.BeginAsync(person.UserId, ct, presentStamp: stamp) is not { } user) return Failure.NotFound("user");
        // Another authenticator's answer to a challenge that has led to something.
        if (await db.RevokedTokens.AnyAsync(t => t.TokenId == spent.TokenId, ct)) return Refused();
        if (first is not null && await first(user) is { } refused) return refused;
        if (await db.UserPasskeys.CountAsync(p => p.UserId == user.Id, ct) >= options.Value.MaxPerPerson)
            return Failure.Invalid("too_many", $"There are at most {options.Value.MaxPerPerson} passkeys. Remove one first.") with { Arguments = [options.Value.MaxPerPerson] };
        db.UserPasskeys.Add(new Passkey
        {
            UserId = user.Id,
            CredentialId = made.CredentialId,
            Aaguid = aaguid,
            Data = new IdentityPasskeyData
            {
                Name = string.IsNullOrWhiteSpace(name) ? AuthenticatorModel.NameOf(aaguid, made.IsBackupEligible) : name.Trim(),
                PublicKey = made.PublicKey,
                CreatedAt = clock.GetUtcNow(),
                SignCount = made.SignCount,
                Transports = [.. (made.Transports ?? []).Where(KnownTransports.Contains)], // the page's word: nothing else of it is kept
                IsUserVerified = made.IsUserVerified,
                IsBackupEligible = made.IsBackupEligible,
                IsBackedUp = made.IsBackedUp,
                AttestationObject = made.AttestationObject,
                ClientDataJson = made.ClientDataJson,
            },
        });
        db.RevokedTokens.Add(spent);
        var codes = await changes.AddedAsync(user, CredentialKinds.Passkey, PasskeyProof.Methods, person, ct);
        if (await db.SaveAsync("passkey", ct) is { } conflict) return conflict;
        await transaction.CommitAsync(CancellationToken.None);
        return new AddedFactor(Base64Url.EncodeToString(made.CredentialId), codes);
    }

    private static Failure Refused() => Failure.Invalid("passkey_refused", "The passkey was not added: the answer of your device was not accepted. Try again.");

    /// <summary>An app has no cookie to be known by: what it began is for its token's session, and for it alone.</summary>
    private static string? HolderOf(SignedInPerson person, string? app) => app is null ? null : $"{person.SessionId:N} {app}";
}
