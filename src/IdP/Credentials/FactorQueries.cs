using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Credentials;

/// <summary>The factors a person has beside the password.</summary>
public sealed record Factors(bool Passkey, bool AuthenticatorApp, bool RecoveryCode)
{
    /// <summary>Whether the password alone signs this person in no longer.</summary>
    public bool Any => Passkey || AuthenticatorApp;
}

public static class FactorQueries
{
    public static async Task<Factors> FactorsOfAsync(this IdpDbContext db, Guid userId, CancellationToken ct) =>
        await db.Users.Where(u => u.Id == userId).Select(u => new Factors(
            db.UserPasskeys.Any(p => p.UserId == u.Id),
            db.Credentials.Any(c => c.UserId == u.Id && c.Kind == CredentialKinds.AuthenticatorApp),
            db.Credentials.Any(c => c.UserId == u.Id && c.Kind == CredentialKinds.RecoveryCode))).FirstOrDefaultAsync(ct) ?? new Factors(false, false, false);

    internal static Task<bool> HasSecondFactorAsync(IdpDbContext db, Guid userId, CancellationToken ct) =>
        db.Users.Where(u => u.Id == userId).Select(u => db.UserPasskeys.Any(p => p.UserId == u.Id) || db.Credentials.Any(c => c.UserId == u.Id && c.Kind == CredentialKinds.AuthenticatorApp)).FirstOrDefaultAsync(ct);
}
