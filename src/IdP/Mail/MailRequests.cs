using System.Text.Json;
using IdP.Data;
using IdP.Sessions;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace IdP.Mail;

/// <summary>The line of requests for mails to people who may not exist.</summary>
public sealed class MailRequests(IdpDbContext db, IDataProtectionProvider protection, MailBell bell, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private readonly IDataProtector _protector = protection.CreateProtector("IdP.Mail.Request");

    /// <summary>Adds one to the change being made.</summary>
    /// <param name="language">BCP 47 tag of the page.</param>
    /// <param name="devices">What the browser is known by, see <see cref="KnownBrowserCookie"/>.</param>
    public void Add(string kind, string name, string language, string returnUrl, IReadOnlyList<string> devices, string? handle = null)
    {
        var now = clock.GetUtcNow();
        var content = new MailRequestContent(name, language, handle, devices.Count == 0 ? null : string.Join('.', devices), returnUrl);
        db.MailRequests.Add(new MailRequest { Kind = kind, ProtectedContent = _protector.Protect(JsonSerializer.Serialize(content)), CreatedAt = now, ExpiresAt = now + Lifetime });
    }

    /// <summary>Saves the change, and has it answered at once.</summary>
    public async Task SaveAsync(CancellationToken ct)
    {
        await db.SaveChangesAsync(ct);
        bell.Ring();
    }

    /// <summary>Takes one out of the line. Null when another node was faster, or it is too old.</summary>
    internal async Task<MailRequestContent?> TakeAsync(MailRequest request, CancellationToken ct) =>
        await db.MailRequests.Where(r => r.Id == request.Id).ExecuteDeleteAsync(ct) == 1 && request.ExpiresAt > clock.GetUtcNow()
            ? Read(request) : null;

    internal MailRequestContent Read(MailRequest request) => JsonSerializer.Deserialize<MailRequestContent>(_protector.Unprotect(request.ProtectedContent))!; // what was sealed above
}
