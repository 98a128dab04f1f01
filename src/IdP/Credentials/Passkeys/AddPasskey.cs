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
    public async Task<PasskeyChallenge?> BeginAsync(SignedInPerson person, HttpContext http, CancellationToken ct) =>
        await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == person.UserId && u.Enabled, ct) is { } user ? await ceremonies.ChallengeNewAsync(user, http) : null;

    /// <param name="stamp">The stamp that the person must still have; null for any.</param>
    /// <param name="first">What else belongs to the change and is made before it, once the person's row is held; a refusal ends both.</param>
    /// <returns>The recovery codes that were made because this is the first factor; empty when there were some.</returns>
    public async Task<Outcome<IReadOnlyList<string>>> ExecuteAsync(SignedInPerson person, string credential, string state, string? name, HttpContext http, CancellationToken ct, string? stamp = null, Func<User, Task<Failure?>>? first = null)
    {
        List<Failure> failures = [];
        TextRules.Check(failures, name, MaxName, "name");
        if (Failure.Several(failures) is { } invalid) return invalid;
        if (credential.Length > MaxAnswer || await ceremonies.AnswerNewAsync(person.UserId, credential, state, http) is not { Passkey: var made, Spent: var spent })
            return Failure.Invalid("passkey_refused", "The passkey was not added: the answer of your device was not accepted. Try again.");
        var aaguid = AuthenticatorModel.Of(made.AttestationObject);
        if (options.Value.AllowedModels is { Count: > 0 } allowed && (aaguid is not { } model || !allowed.Contains(model)))
            return Failure.Invalid("passkey_model", "Your organization does not allow this kind of passkey. Use one of the security keys it gave out.");
        if (trust.IsAsked && !await trust.IsTrustedAsync(made.AttestationObject, made.ClientDataJson))
            return Failure.Invalid("passkey_unproven", "Your organization allows only security keys that prove which model they are, and this one did not. Use one that it gave out, and let the browser show its make when it asks.");

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await changes.BeginAsync(person.UserId, ct, presentStamp: stamp) is not { } user) return Failure.NotFound("user");
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
        return Outcome.Of(codes);
    }
}
