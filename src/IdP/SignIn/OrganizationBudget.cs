using System.Collections.Concurrent;
using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

/// <summary>
/// One password tried on many accounts of one organization, from many addresses: no account and no address sees more than a few failures, the organization sees them all. They are the rows of
/// <see cref="SignInDecision"/> that name it, so that counting them costs no statement, and any number of nodes count the same.
/// </summary>
public sealed class OrganizationBudget(IdpDbContext db, AuditLog audit, Actor actor, OrganizationAlarms alarms, IOptions<LockoutOptions> options, ILogger<OrganizationBudget> logger)
{
    /// <summary>Tells administrators that it is used up: once in a window, by whichever node comes first.</summary>
    public async Task TellAsync(Guid organizationId, DateTimeOffset now, HttpContext http)
    {
        var (window, max) = (options.Value.Window, options.Value.OrganizationBudget);
        if (!alarms.IsNew(organizationId, now, window)) return; // in a storm the database hears of it once
        var before = now - window;
        await using var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None);
        if (await db.Organizations.Where(o => o.Id == organizationId && (o.ThrottledAt == null || o.ThrottledAt <= before)).ExecuteUpdateAsync(o => o.SetProperty(x => x.ThrottledAt, now), CancellationToken.None) == 0) return;
        var name = await db.Organizations.Where(o => o.Id == organizationId).Select(o => o.Name).SingleAsync(CancellationToken.None);
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        audit.Record("organization.throttled", "organization", name, new { failures = max, minutes = window.TotalMinutes });
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        Log.OrganizationThrottled(logger, organizationId, max);
    }
}

/// <summary>When this node last told of an organization.</summary>
public sealed class OrganizationAlarms
{
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _told = new();

    public bool IsNew(Guid organizationId, DateTimeOffset now, TimeSpan window)
    {
        var last = _told.GetOrAdd(organizationId, DateTimeOffset.MinValue);
        return now - last >= window && _told.TryUpdate(organizationId, now, last);
    }
}
