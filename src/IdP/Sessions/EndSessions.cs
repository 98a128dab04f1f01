using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Grants;
using IdP.Protocol.Logout;
using Microsoft.EntityFrameworkCore;

namespace IdP.Sessions;

/// <param name="HasMore">Whether there were more than are ended at once.</param>
public sealed record EndedSessions(int Count, bool HasMore);

/// <summary>An administrator ends sessions of others: one, or all of a person, of an app or of an organization. The apps reached from them are told.</summary>
public sealed class EndSessions(IdpDbContext db, Actor actor, OpenSessions open, BackChannelLogout logout, GrantRevocation revocation, AuditLog audit, TimeProvider clock)
{
    /// <summary>So many at once: whoever asks waits for it.</summary>
    public const int Most = 5000;

    private const int Batch = 200;

    /// <param name="scope">Where it was listed; it must be there.</param>
    public async Task<Outcome<EndedSessions>> OneAsync(Guid sessionId, SessionScope scope, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (!await open.HasAsync(scope, sessionId, ct)) return Failure.NotFound("session");
        return await EndAsync([sessionId], () => audit.Record("session.ended", "session", sessionId.ToString()), ct) == 0 ? Failure.NotFound("session") : new EndedSessions(1, HasMore: false);
    }

    /// <param name="scope">Not everything: that would be nobody's intention.</param>
    public async Task<Outcome<EndedSessions>> AllAsync(SessionScope scope, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (scope.IsEverything) return Failure.Invalid("scope_required", "Say whose sessions shall end: those of a user, of an app or of an organization.");
        if (await open.IdsAsync(scope, Most + 1, ct) is not { } ids) return Failure.NotFound(scope switch { { UserId: not null } => "user", { ClientId: not null } => "client", _ => "organization" });

        var (type, target) = scope switch { { UserId: { } user } => ("user", user.ToString()), { ClientId: { } client } => ("client", client), _ => ("organization", scope.Organization!) }; // not everything
        var ended = 0;
        // In an order, so that two who do the same at once wait for each other in it; and in parts, so that nobody else waits long.
        foreach (var batch in ids.Take(Most).Order().Chunk(Batch)) ended += await EndAsync(batch, () => audit.Record("sessions.ended", type, target, new { sessions = batch }), ct);
        return new EndedSessions(ended, HasMore: ids.Count > Most);
    }

    private async Task<int> EndAsync(IReadOnlyCollection<Guid> ids, Action record, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.BeginAsync(ct);
        var ended = await db.Sessions.Where(s => ids.Contains(s.Id) && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), ct);
        if (ended == 0) return 0;
        await logout.QueueAsync(ids, ct);
        await revocation.RevokeSessionsAsync(ids, ct);
        record();
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        db.ChangeTracker.Clear();
        return ended;
    }
}
