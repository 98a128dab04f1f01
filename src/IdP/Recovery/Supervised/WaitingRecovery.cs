using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Policies;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Recovery.Supervised;

/// <summary>The browser's half of a request: it waits, and goes on once somebody has approved. In another browser the address is worth nothing.</summary>
public sealed class WaitingRecovery(IdpDbContext db, HelpDesk desk, PendingLogins pending, CompleteSignIn complete, PolicyCheck policies, AuditLog audit, Actor actor, TimeProvider clock)
{
    /// <summary>What waits in this browser behind a handle; null for what is another browser's or never was.</summary>
    public async Task<RecoveryRequest?> FindAsync(string? handle, HttpContext http, CancellationToken ct)
    {
        if (handle is not { Length: Handles.Length } || PendingLogins.KnownBrowserOf(http) is not { } known) return null;
        var (hash, browser) = (Handles.Hash(handle), Handles.Hash(known));
        return await db.RecoveryRequests.AsNoTracking().FirstOrDefaultAsync(r => r.HandleHash == hash && r.BrowserHash == browser, ct);
    }

    /// <summary>Waiting or approved; null when it is over.</summary>
    public RecoveryState? StateOf(RecoveryRequest request) => request.ExpiresAt > clock.GetUtcNow() && request.State is RecoveryState.Waiting or RecoveryState.Approved ? request.State : null;

    /// <summary>Takes the approval, once.</summary>
    /// <returns>The handle of what begins with it; null when there is none, or not any more.</returns>
    public async Task<string?> GoOnAsync(RecoveryRequest request, HttpContext http, CancellationToken ct)
    {
        if (StateOf(request) is not RecoveryState.Approved || request.UserId is not { } userId || !await desk.MayStillHelpAsync(request.DecidedBy, userId, ct)) return null;
        var now = clock.GetUtcNow();
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == userId && u.Enabled && (u.SecurityStamp ?? "") == request.SecurityStamp).ExecuteUpdateAsync(u => u.SetProperty(x => x.AccessFailedCount, x => x.AccessFailedCount), ct) == 0
            || await db.RecoveryRequests.Where(r => r.Id == request.Id && r.State == RecoveryState.Approved && r.ExpiresAt > now).ExecuteUpdateAsync(r => r.SetProperty(x => x.State, RecoveryState.Used), ct) == 0) return null;
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == userId, ct);
        // As with a password: the browser the person is known in, and what was new about it before anything was written.
        var device = await complete.DeviceOfAsync(userId, http, ct);
        var judged = await policies.JudgeAsync(new PolicyInputs
        {
            At = now, UserId = userId, ClientId = request.ClientId, Methods = [], Address = http.Connection.RemoteIpAddress?.ToString(), KnownDevice = device is not null, HasPasskey = true,
        }, ct);
        var handle = pending.Add(user, [], "local", request.ReturnUrl, http, login =>
        {
            login.ClientId = request.ClientId;
            login.BeginIn(device, judged.Inputs.Risk);
            (login.Rescue, login.RescuedBy, login.ReplacesFactors) = (RescueKind.Approval, request.DecidedBy, true);
        });
        audit.Record("recovery.used", "recovery", request.Id.ToString(), new { userId }, actorId: userId, about: userId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return handle;
    }
}
