using IdP.Data;
using IdP.Sessions;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace IdP.Links;

/// <summary>
/// Makes, finds and takes the links of mails. Opening one changes nothing, since mail servers and browsers open links by themselves to look at them; the form on its page takes it.
/// Addresses begin with the configured issuer, never with the Host header of whoever asked.
/// </summary>
public sealed class OneTimeLinks(IdpDbContext db, IConfiguration configuration, TimeProvider clock)
{
    /// <summary>How often one person gets mails of one purpose in <see cref="FloodWindow"/>: nobody's mailbox is filled by a stranger.</summary>
    internal const int MaxPerPerson = 5;

    internal static readonly TimeSpan FloodWindow = TimeSpan.FromHours(1);

    /// <summary>Adds one to the change being made.</summary>
    /// <returns>The address for the mail.</returns>
    /// <param name="endsWithChanges">Whether a new password, factor or address ends it.</param>
    /// <param name="data">See <see cref="OneTimeLink.Data"/>.</param>
    public string Add(string purpose, User user, TimeSpan lifetime, string path, string returnUrl = "", bool endsWithChanges = true, string? data = null)
    {
        var (token, now) = (Handles.New(), clock.GetUtcNow());
        db.OneTimeLinks.Add(new OneTimeLink
        {
            Purpose = purpose,
            UserId = user.Id,
            TokenHash = Handles.Hash(token),
            SecurityStamp = endsWithChanges ? user.SecurityStamp ?? "" : null,
            Address = endsWithChanges ? user.NormalizedEmail : null,
            ReturnUrl = returnUrl,
            Data = data,
            CreatedAt = now,
            ExpiresAt = now + lifetime,
        });
        return AddressOf(path, token);
    }

    /// <summary>Whether this person has had as many mails of this purpose lately as strangers can send. A browser they are known in is not held up by what strangers did.</summary>
    /// <param name="device">See <see cref="MailRequestContent.Device"/>.</param>
    public async Task<bool> IsFloodAsync(string purpose, Guid userId, CancellationToken ct, string? device = null)
    {
        var since = clock.GetUtcNow() - FloodWindow;
        var devices = device?.Split('.') ?? [];
        return await db.OneTimeLinks.CountAsync(l => l.UserId == userId && l.Purpose == purpose && l.CreatedAt > since, ct) >= MaxPerPerson
            && !(devices.Length > 0 && await db.KnownDevices.AnyAsync(d => d.UserId == userId && devices.Contains(d.HandleHash), ct));
    }

    /// <summary>Counts a mail of this purpose that has no link.</summary>
    public void Count(string purpose, Guid userId)
    {
        var now = clock.GetUtcNow();
        db.OneTimeLinks.Add(new OneTimeLink { Purpose = purpose, UserId = userId, CreatedAt = now, ExpiresAt = now + FloodWindow });
    }

    /// <summary>The link with its account; null when it is used, too old, overtaken by a change, or never was one.</summary>
    public async Task<OneTimeLink?> FindAsync(string purpose, string? token, CancellationToken ct)
    {
        if (token is not { Length: Handles.Length }) return null;
        var (hash, now) = (Handles.Hash(token), clock.GetUtcNow());
        return await db.OneTimeLinks.AsNoTracking().Include(l => l.User).FirstOrDefaultAsync(l => l.TokenHash == hash && l.Purpose == purpose && l.UsedAt == null && l.ExpiresAt > now
            && (l.UserId == null || ((l.Address == null || l.User!.NormalizedEmail == l.Address) && (l.SecurityStamp == null || (l.User!.SecurityStamp ?? "") == l.SecurityStamp))), ct);
    }

    /// <summary>Takes it. False when another request was faster. Part of the change being made.</summary>
    public async Task<bool> TakeAsync(OneTimeLink link, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.OneTimeLinks.Where(l => l.Id == link.Id && l.UsedAt == null && l.ExpiresAt > now).ExecuteUpdateAsync(l => l.SetProperty(x => x.UsedAt, now), ct) == 1;
    }

    /// <summary>Takes every open link to an account of this address: whichever is used, one account comes of them. False when another request was faster.</summary>
    public async Task<bool> TakeWithOthersAsync(OneTimeLink link, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.OneTimeLinks.Where(l => l.Address == link.Address && l.UserId == null && l.UsedAt == null && db.OneTimeLinks.Any(x => x.Id == link.Id && x.UsedAt == null && x.ExpiresAt > now))
            .ExecuteUpdateAsync(l => l.SetProperty(x => x.UsedAt, now), ct) > 0;
    }

    /// <summary>What mails call this provider: the host of its issuer.</summary>
    public string Provider => new Uri(AddressOf("")).Host;

    public string AddressOf(string path, string? token = null) => configuration["Issuer"]!.TrimEnd('/') + path + (token is null ? "" : "?token=" + token); // checked at start
}
