using System.Security.Cryptography;
using IdP.Access;
using IdP.Data;
using IdP.Protocol.Grants;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace IdP.Credentials.AuthenticatorApps;

/// <summary>A secret that is shown to one person in one session and counts for nothing until a code proves that their app has it.</summary>
/// <param name="Sealed">What the form carries and <see cref="AddAuthenticatorApp.ConfirmAsync"/> takes.</param>
/// <param name="Secret">For typing, base32 (RFC 4648 6).</param>
/// <param name="Address">For the picture, <c>otpauth://</c>.</param>
public sealed record OfferedSecret(string Sealed, string Secret, string Address);

/// <summary>A person connects an authenticator app.</summary>
public sealed class AddAuthenticatorApp(IdpDbContext db, AuthenticatorApps apps, FactorChanges changes, GuessLimits limits, IDataProtectionProvider protection, TimeProvider clock)
{
    private const int MaxApps = 5;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    public OfferedSecret Offer(SignedInPerson person, string issuer)
    {
        var secret = Totp.NewSecret();
        return Describe(person, issuer, secret, Convert.ToBase64String(ProtectorOf(person).Protect(secret, clock.GetUtcNow() + Lifetime)));
    }

    /// <summary>The same again, for the form that is shown a second time; null when it is not this person's, or too old.</summary>
    public OfferedSecret? Reopen(SignedInPerson person, string issuer, string? given) => Open(person, given) is { } secret ? Describe(person, issuer, secret, given!) : null;

    /// <param name="stamp">The stamp that the person must still have; null for any.</param>
    /// <param name="first">What else belongs to the change and is made before it, once the person's row is held; a refusal ends both.</param>
    public async Task<Outcome<AddedFactor>> ConfirmAsync(SignedInPerson person, string? given, string code, string? name, CancellationToken ct, string? stamp = null, Func<User, Task<Failure?>>? first = null)
    {
        if (Open(person, given) is not { } secret) return Failure.Invalid("secret_expired", "This took too long. Scan the new picture.");
        if (!limits.TryTake(person.UserId)) return Failure.Invalid("too_many_attempts", "Too many wrong codes. Wait a quarter of an hour and try again.", "code");
        var now = clock.GetUtcNow();
        if (Totp.StepOf(secret, CodeText.Digits(code), now) is not { } step) return Failure.Invalid("wrong_code", "This is not the code your app shows now. Check that the phone's clock is set automatically.", "code");
        limits.GiveBack(person.UserId);
        List<Failure> failures = [];
        TextRules.Check(failures, name, 100, "name");
        if (Failure.Several(failures) is { } invalid) return invalid;

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await changes.BeginAsync(person.UserId, ct, presentStamp: stamp) is not { } user) return Failure.NotFound("user");
        if (first is not null && await first(user) is { } refused) return refused;
        if (await db.Credentials.CountAsync(c => c.UserId == user.Id && c.Kind == CredentialKinds.AuthenticatorApp, ct) >= MaxApps)
            return Failure.Invalid("too_many", $"There are at most {MaxApps} authenticator apps. Remove one first.") with { Arguments = [MaxApps] };
        // A second click, or the page loaded again, must not make two of one secret, at which each code would work twice.
        var spent = new RevokedToken { TokenId = "totp:" + Convert.ToHexStringLower(SHA256.HashData(secret)), ExpiresAt = now + 2 * Lifetime };
        if (await db.RevokedTokens.AnyAsync(t => t.TokenId == spent.TokenId, ct)) return Failure.Invalid("secret_used", "This app is connected already.");
        db.RevokedTokens.Add(spent);
        var credential = new Credential
        {
            UserId = user.Id, Kind = CredentialKinds.AuthenticatorApp, Name = string.IsNullOrWhiteSpace(name) ? null : name.Trim(), ProtectedData = apps.Protect(user.Id, secret),
            CreatedAt = now, LastStep = step,
        };
        db.Credentials.Add(credential);
        var codes = await changes.AddedAsync(user, CredentialKinds.AuthenticatorApp, FactorMethods.Code, person, ct);
        if (await db.SaveAsync("authenticator app", ct) is { } conflict) return conflict;
        await transaction.CommitAsync(CancellationToken.None);
        return new AddedFactor(credential.Id.ToString(), codes);
    }

    private static OfferedSecret Describe(SignedInPerson person, string issuer, byte[] secret, string given) => new(given, Totp.ToBase32(secret), Totp.Address(secret, issuer, person.UserName));

    private byte[]? Open(SignedInPerson person, string? given)
    {
        try
        {
            var buffer = new byte[(given ?? "").Length];
            if (string.IsNullOrEmpty(given) || !Convert.TryFromBase64String(given, buffer, out var length)) return null;
            var secret = ProtectorOf(person).Unprotect(buffer[..length], out var expiresAt);
            return expiresAt > clock.GetUtcNow() ? secret : null;
        }
        catch (CryptographicException)
        {
            return null; // of another session, or too old
        }
    }

    private ITimeLimitedDataProtector ProtectorOf(SignedInPerson person) =>
        protection.CreateProtector("IdP.Credentials.AuthenticatorApps.Offer", person.UserId.ToString(), person.SessionId.ToString()).ToTimeLimitedDataProtector();
}
