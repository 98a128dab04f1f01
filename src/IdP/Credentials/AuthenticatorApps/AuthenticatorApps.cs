using IdP.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace IdP.Credentials.AuthenticatorApps;

public enum CodeVerdict
{
    Right,
    Wrong,

    /// <summary>It was right, and has been used: a code works once (RFC 6238 5.2).</summary>
    UsedBefore,
}

/// <summary>Checks codes of people's authenticator apps. The secrets are encrypted, each for its person alone.</summary>
public sealed class AuthenticatorApps(IdpDbContext db, IDataProtectionProvider protection, TimeProvider clock)
{
    /// <summary>Each code once, on whichever node: the step it belongs to moves on by a statement that only one request can win.</summary>
    public async Task<CodeVerdict> VerifyAsync(Guid userId, string code, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var verdict = CodeVerdict.Wrong;
        foreach (var app in await db.Credentials.AsNoTracking().Where(c => c.UserId == userId && c.Kind == CredentialKinds.AuthenticatorApp).ToListAsync(ct))
        {
            if (Totp.StepOf(Unprotect(userId, app.ProtectedData), code, now) is not { } step) continue;
            if (await db.Credentials.Where(c => c.Id == app.Id && (c.LastStep == null || c.LastStep < step)).ExecuteUpdateAsync(c => c.SetProperty(x => x.LastStep, step).SetProperty(x => x.LastUsedAt, now), ct) == 1) return CodeVerdict.Right;
            verdict = CodeVerdict.UsedBefore;
        }
        return verdict;
    }

    internal string Protect(Guid userId, byte[] secret) => Convert.ToBase64String(ProtectorOf(userId).Protect(secret));

    private byte[] Unprotect(Guid userId, string data) => ProtectorOf(userId).Unprotect(Convert.FromBase64String(data));

    private IDataProtector ProtectorOf(Guid userId) => protection.CreateProtector("IdP.Credentials.AuthenticatorApps", userId.ToString());
}
