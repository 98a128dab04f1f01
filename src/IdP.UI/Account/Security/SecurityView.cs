using System.Buffers.Text;
using IdP.Credentials;
using IdP.Data;
using IdP.Sessions;
using IdP.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Account.Security;

/// <summary>What the security page shows.</summary>
public sealed record SecurityView(IReadOnlyList<PasskeyRow> Passkeys, IReadOnlyList<AppRow> Apps, int RecoveryCodes, IReadOnlyList<BrowserRow> Browsers, DateTimeOffset? PasswordChangedAt, bool HasPassword)
{
    public static async Task<SecurityView> ReadAsync(SignedInPerson person, HttpContext http, IdpDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var user = await db.Users.AsNoTracking().Where(u => u.Id == person.UserId).Select(u => new { u.PasswordChangedAt, HasPassword = u.PasswordHash != null }).SingleAsync(ct);
        var passkeys = await db.UserPasskeys.AsNoTracking().Where(p => p.UserId == person.UserId).ToListAsync(ct);
        var credentials = await db.Credentials.AsNoTracking().Where(c => c.UserId == person.UserId).ToListAsync(ct);
        var browsers = await db.KnownDevices.AsNoTracking().Where(d => d.UserId == person.UserId && d.RememberedUntil > now).OrderByDescending(d => d.LastSeenAt).Take(50).ToListAsync(ct);
        var own = KnownBrowserCookie.Hashes(http);
        return new(
            [.. passkeys.OrderBy(p => p.Data.CreatedAt).Select(p => new PasskeyRow(Base64Url.EncodeToString(p.CredentialId), p.Data.Name, p.Data.CreatedAt, p.LastUsedAt, p.Data.IsBackedUp))],
            [.. credentials.Where(c => c.Kind == CredentialKinds.AuthenticatorApp).OrderBy(c => c.CreatedAt).Select(c => new AppRow(c.Id, c.Name, c.CreatedAt, c.LastUsedAt))],
            credentials.Count(c => c.Kind == CredentialKinds.RecoveryCode),
            [.. browsers.Select(d => new BrowserRow(d.Id, d.UserAgent, d.LastSeenAt, d.RememberedUntil!.Value, own.Contains(d.HandleHash)))], // the query asked for it
            user.PasswordChangedAt, user.HasPassword);
    }
}

public sealed record PasskeyRow(string Id, string? Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, bool IsSynced);

public sealed record AppRow(Guid Id, string? Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);

public sealed record BrowserRow(Guid Id, string? UserAgent, DateTimeOffset LastSeenAt, DateTimeOffset RememberedUntil, bool IsThis);
