using System.Text.Json;
using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Profile;

/// <summary>
/// A person takes another e-mail address. Nothing changes until the link that goes there is opened by the same person, signed in: so the address is theirs, and confirmed. The old address is told.
/// Whether somebody else has the new one is told to that mailbox alone, because it is nobody's business who has an account here.
/// </summary>
public sealed class ChangeEmail(IdpDbContext db, OneTimeLinks links, MailQueue mail, Notices.Notices notices, AuditLog audit, ILookupNormalizer normalizer, IHttpContextAccessor http, TimeProvider clock)
{
    /// <summary>The page of the link.</summary>
    public const string Path = "/account/profile/email/confirm";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>Whether this person can have another address at all.</summary>
    public async Task<bool> IsPossibleAsync(Guid userId, CancellationToken ct) =>
        mail.IsOn && await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == userId && u.Enabled, ct) is { } user && !await IsManagedAsync(user, wanted: null, ct);

    /// <summary>Mails the link to the new address. The answer is the same whether another account has it.</summary>
    public async Task<Outcome<bool>> AskAsync(Guid userId, string? address, CancellationToken ct)
    {
        if (!mail.IsOn) return Failure.NotFound("page");
        var wanted = (address ?? "").Trim();
        if (!UserRules.IsEmail(wanted)) return Failure.Invalid("bad_email", "This is no e-mail address.", "email");
        var (normalized, now) = (normalizer.NormalizeEmail(wanted), clock.GetUtcNow());
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters: two clicks are one after the other, and are counted.
        if (await db.Users.Where(u => u.Id == userId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct) == 0) return Failure.NotFound("user");
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == userId, ct);
        if (user.NormalizedEmail == normalized) return Failure.Invalid("email_same", "This is the address that you have.", "email");
        if (await IsManagedAsync(user, normalized, ct))
            return Failure.Conflict("email_managed", "This address belongs to an organization, which decides who has it. Ask its administrator.", "email");
        if (await links.IsFloodAsync(LinkPurposes.ChangeEmail, userId, ct)) return Failure.Busy(OneTimeLinks.FloodWindow);

        // The newest wish counts.
        await db.OneTimeLinks.Where(l => l.UserId == userId && l.Purpose == LinkPurposes.ChangeEmail && l.UsedAt == null).ExecuteUpdateAsync(l => l.SetProperty(x => x.UsedAt, now), ct);
        if (await IsTakenAsync(userId, normalized, ct))
        {
            links.Count(LinkPurposes.ChangeEmail, userId);
            mail.Add(MailKinds.EmailInUse, wanted, null, user.Locale, new Dictionary<string, object> { ["provider"] = links.Provider, ["link"] = links.AddressOf("/signin") }, Lifetime);
        }
        else
        {
            // Without the name, which the person chose: what a stranger might get must not be theirs to write.
            var link = links.Add(LinkPurposes.ChangeEmail, user, Lifetime, Path, data: JsonSerializer.Serialize(wanted));
            mail.Add(MailKinds.ChangeEmail, wanted, toName: null, user.Locale, new Dictionary<string, object> { ["provider"] = links.Provider, ["link"] = link, ["hours"] = (int)Lifetime.TotalHours }, Lifetime);
        }
        audit.Record("user.email_change_asked", "user", userId.ToString(), actorId: userId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    /// <summary>The link with its account and the new address, for whoever is signed in to it; null when it opens nothing (any more).</summary>
    public async Task<(OneTimeLink Link, string Address)?> FindAsync(string? token, Guid userId, CancellationToken ct) =>
        await links.FindAsync(LinkPurposes.ChangeEmail, token, ct) is { User.Enabled: true, Data: { } data } link && link.UserId == userId ? (link, JsonSerializer.Deserialize<string>(data)!) : null; // as AskAsync wrote it

    public async Task<Outcome<User>> ConfirmAsync(string? token, Guid userId, CancellationToken ct)
    {
        if (await FindAsync(token, userId, ct) is not ({ } link, { } address)) return Failure.NotFound("link");
        var (now, normalized) = (clock.GetUtcNow(), normalizer.NormalizeEmail(address));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters; and still as it was when the link was made.
        if (await db.Users.Where(u => u.Id == userId && u.Enabled && u.NormalizedEmail == link.Address && (u.SecurityStamp ?? "") == link.SecurityStamp).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct) == 0
            || await IsTakenAsync(userId, normalized, ct) || !await links.TakeAsync(link, ct)) return Failure.NotFound("link");
        var user = await db.Users.SingleAsync(u => u.Id == userId, ct);
        if (await IsManagedAsync(user, normalized, ct)) return Failure.NotFound("link"); // since the link was made

        notices.Add(MailKinds.EmailChanged, user, http.HttpContext); // to the old one
        // Whoever signs in by the address does so by the new one: the old may be somebody else's some day.
        if (user.NormalizedUserName == user.NormalizedEmail && UserRules.IsUserName(address)) (user.UserName, user.NormalizedUserName) = (address, normalizer.NormalizeName(address));
        (user.Email, user.NormalizedEmail, user.EmailConfirmed) = (address, normalized, true);
        // Sign-ins that have begun by the old one end, and links that are on their way there.
        (user.SecurityStamp, user.ConcurrencyStamp) = (Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
        audit.Record("user.email_changed", "user", userId.ToString(), actorId: userId);
        if (await db.SaveAsync("user", ct) is not null) return Failure.NotFound("link"); // somebody was faster with the name
        await transaction.CommitAsync(CancellationToken.None);
        return user;
    }

    private Task<bool> IsTakenAsync(Guid userId, string normalized, CancellationToken ct) =>
        db.Users.AnyAsync(u => u.Id != userId && (u.NormalizedEmail == normalized || u.NormalizedUserName == normalized), ct);

    /// <summary>
    /// An address below a domain that an organization has proven to be its own: its administrators say who has it, not whoever reads the mailbox today. Nobody takes one by themselves, and the
    /// organization's people keep theirs.
    /// </summary>
    private async Task<bool> IsManagedAsync(User user, string? wanted, CancellationToken ct)
    {
        var (present, next) = (DomainOf(user.NormalizedEmail), DomainOf(wanted));
        return await db.Organizations.SelectMany(o => o.Domains).AnyAsync(d => d.VerifiedAt != null
            && (d.Name == next || (d.Name == present && db.OrganizationMembers.Any(m => m.OrganizationId == d.OrganizationId && m.UserId == user.Id))), ct);
    }

    private static string? DomainOf(string? normalized) => normalized?[(normalized.LastIndexOf('@') + 1)..].ToLowerInvariant();
}
