using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.Recovery;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Erasures;

/// <param name="CancelLink">Where it can be cancelled: it is in clear only here, and in the mail.</param>
/// <param name="Token">What is in the link.</param>
public sealed record BegunErasure(Erasure Erasure, string CancelLink)
{
    public string Token => QueryHelpers.ParseQuery(new Uri(CancelLink, UriKind.Absolute).Query)["token"].ToString();
}

/// <summary>Closes an account at once and has it deleted after <see cref="ErasureOptions.GracePeriod"/>.</summary>
public sealed class BeginErasure(IdpDbContext db, Actor actor, AuditLog audit, Owners owners, EndAllSessions sessions, EndRescues rescues, OneTimeLinks links, MailQueue mail, IOptions<ErasureOptions> options, TimeProvider clock)
{
    /// <summary>What the console shows as the reason why the account is closed.</summary>
    public const string Reason = "To be deleted.";

    /// <summary>For the person, who has shown just before who they are.</summary>
    public Task<Outcome<BegunErasure>> OfSelfAsync(Guid userId, CancellationToken ct) => BeginAsync(userId, by: null, ct);

    public async Task<Outcome<BegunErasure>> OfAsync(Guid userId, CancellationToken ct) => actor.Refusal() is { } refusal ? refusal : await BeginAsync(userId, actor.UserId, ct);

    private async Task<Outcome<BegunErasure>> BeginAsync(Guid userId, Guid? by, CancellationToken ct)
    {
        var (now, stamp) = (clock.GetUtcNow(), Guid.NewGuid().ToString("N"));
        await using var transaction = await db.BeginAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct) == 0) return Failure.NotFound("user");
        if (await db.Erasures.AnyAsync(e => e.UserId == userId && (e.State == ErasureState.Waiting || e.State == ErasureState.Running), ct)) return Failure.Conflict("erasure_pending", "This account is being deleted already.");
        if (await owners.RefuseLosingAsync(userId, ct) is { } last) return last;

        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == userId, ct);
        var erasure = new Erasure { UserId = userId, RequestedAt = now, RequestedBy = by, DueAt = now + options.Value.GracePeriod, WasEnabled = user.Enabled };
        db.Erasures.Add(erasure);
        await db.Users.Where(u => u.Id == userId).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false).SetProperty(x => x.DisabledReason, Reason).SetProperty(x => x.SecurityStamp, stamp).SetProperty(x => x.ConcurrencyStamp, stamp), ct);
        var link = links.Add(LinkPurposes.CancelErasure, user, options.Value.GracePeriod, CancelErasure.Path, endsWithChanges: false);
        // At an address that nobody has confirmed the link would be in a stranger's hands.
        if (user.EmailConfirmed) mail.Add(MailKinds.ErasureBegun, user, new Dictionary<string, object> { ["provider"] = links.Provider, ["time"] = erasure.DueAt, ["link"] = link }, options.Value.GracePeriod);
        audit.Record("user.erasure_begun", "user", userId.ToString(), new { erasure = erasure.Id, dueAt = erasure.DueAt });
        if (await db.SaveAsync("deletion", ct) is { } conflict) return conflict;
        await sessions.OfAsync(userId, ct);
        await rescues.OfAsync(userId, ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return new BegunErasure(erasure, link);
    }
}
