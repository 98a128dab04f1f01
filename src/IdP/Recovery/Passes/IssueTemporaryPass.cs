using System.Globalization;
using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Recovery.Passes;

/// <summary>A pass after it was made: it is in clear only here.</summary>
public sealed record IssuedTemporaryPass(string Pass, DateTimeOffset ExpiresAt);

/// <summary>
/// Gives somebody who cannot sign in a pass for one use. It opens the page on which they set a new password or factor, and no session before that; a second factor that they have is still asked for
/// unless it counts as lost. A newer pass ends the older one.
/// </summary>
public sealed class IssueTemporaryPass(IdpDbContext db, Actor actor, HelpDesk desk, EndRescues rescues, AuditLog audit, Notices.Notices notices, IOptions<RecoveryOptions> options, TimeProvider clock)
{
    public static readonly TimeSpan ShortestLifetime = TimeSpan.FromMinutes(10), LongestLifetime = TimeSpan.FromDays(3);
    public const int MaxReason = 200;

    /// <param name="lifetime">Null for the configured one.</param>
    /// <param name="reason">Why, for whoever reads the audit log; required.</param>
    public async Task<Outcome<IssuedTemporaryPass>> ExecuteAsync(Guid userId, string? reason, TimeSpan? lifetime, bool lostFactors, CancellationToken ct)
    {
        if (await desk.RefuseHelpingAsync(userId, ct) is { } refusal) return refusal;
        List<Failure> failures = [];
        if (string.IsNullOrWhiteSpace(reason)) failures.Add(Failure.Invalid("required", "Say why: it is kept in the audit log.", "reason"));
        TextRules.Check(failures, reason, MaxReason, "reason");
        var (lasts, longest) = (lifetime ?? options.Value.TemporaryPassLifetime, options.Value.MaxTemporaryPassLifetime);
        if (lasts < ShortestLifetime || lasts > longest)
            failures.Add(Failure.Invalid("bad_lifetime", $"A pass works for 10 minutes to {longest.TotalHours.ToString("0.##", CultureInfo.InvariantCulture)} hours.", "lifetime"));
        if (Failure.Several(failures) is { } invalid) return invalid;

        var (now, pass) = (clock.GetUtcNow(), TemporaryPass.Generate());
        await using var transaction = await db.BeginAsync(ct);
        // The person's row before any other, see FactorCounters. Whoever has tried too many wrong passwords needs this most.
        if (await db.Users.Where(u => u.Id == userId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.AccessFailedCount, 0).SetProperty(x => x.LockoutEnd, (DateTimeOffset?)null), ct) == 0)
            return await db.Users.AnyAsync(u => u.Id == userId, ct) ? Failure.Conflict("disabled", "The account is disabled. Enable it first.") : Failure.NotFound("user");
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == userId, ct);
        await rescues.PassesOfAsync(userId, ct);
        db.OneTimeLinks.Add(new OneTimeLink
        {
            Purpose = LinkPurposes.TemporaryPass,
            UserId = userId,
            TokenHash = TemporaryPasses.HashOf(userId, TemporaryPass.Read(pass)!), // it was made as one
            SecurityStamp = user.SecurityStamp ?? "",
            Data = new TemporaryPassFacts(actor.UserId, lostFactors).Write(),
            CreatedAt = now,
            ExpiresAt = now + lasts,
        });
        notices.Add(MailKinds.TemporaryPass, user, http: null); // where the administrator sits is nobody's business
        audit.Record("user.temporary_pass_issued", "user", userId.ToString(), new { reason = reason!.Trim(), expiresAt = now + lasts, lostFactors }); // checked above
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return new IssuedTemporaryPass(pass, now + lasts);
    }
}
