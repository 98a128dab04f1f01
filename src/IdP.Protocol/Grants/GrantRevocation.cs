using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Grants;

/// <summary>Ends grants with everything issued from them, set-based: a person may hold thousands of tokens.</summary>
public sealed class GrantRevocation(DbContext db, TimeProvider clock)
{
    /// <summary>Revokes one family: RFC 6749 4.1.2 and RFC 9700 4.14.2 for a code or refresh token used twice.</summary>
    public Task<int> RevokeGrantAsync(Guid grantId, CancellationToken ct) =>
        RevokeAsync(db.Set<Grant>().Where(g => g.Id == grantId), db.Set<GrantToken>().Where(t => t.GrantId == grantId), ct);

    /// <summary>Revokes everything a session led to.</summary>
    public Task<int> RevokeSessionAsync(Guid sessionId, CancellationToken ct) =>
        RevokeAsync(db.Set<Grant>().Where(g => g.SessionId == sessionId), db.Set<GrantToken>().Where(t => t.Grant!.SessionId == sessionId), ct);

    /// <summary>Revokes everything that these sessions led to.</summary>
    public Task<int> RevokeSessionsAsync(IReadOnlyCollection<Guid> sessionIds, CancellationToken ct) =>
        RevokeAsync(db.Set<Grant>().Where(g => g.SessionId != null && sessionIds.Contains(g.SessionId.Value)), db.Set<GrantToken>().Where(t => t.Grant!.SessionId != null && sessionIds.Contains(t.Grant.SessionId.Value)), ct);

    /// <summary>Revokes everything issued for a person, to one client when <paramref name="clientKey"/> is given.</summary>
    public Task<int> RevokeSubjectAsync(string subject, Guid? clientKey, CancellationToken ct) =>
        RevokeAsync(
            db.Set<Grant>().Where(g => g.Subject == subject && (clientKey == null || g.ClientKey == clientKey)),
            db.Set<GrantToken>().Where(t => t.Subject == subject && (clientKey == null || t.ClientKey == clientKey)), ct);

    /// <summary>Revokes everything issued for these people to one client.</summary>
    public Task<int> RevokeSubjectsAsync(IReadOnlyCollection<string> subjects, Guid clientKey, CancellationToken ct) =>
        RevokeAsync(
            db.Set<Grant>().Where(g => g.Subject != null && subjects.Contains(g.Subject) && g.ClientKey == clientKey),
            db.Set<GrantToken>().Where(t => t.Subject != null && subjects.Contains(t.Subject) && t.ClientKey == clientKey), ct);

    private async Task<int> RevokeAsync(IQueryable<Grant> grants, IQueryable<GrantToken> tokens, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // The version moves too, so that a refresh running right now fails its commit instead of outliving the revocation.
        var revoked = await tokens.Where(t => t.Status != TokenStatus.Revoked)
            .ExecuteUpdateAsync(t => t.SetProperty(x => x.Status, TokenStatus.Revoked).SetProperty(x => x.Version, x => x.Version + 1), ct);
        await grants.Where(g => g.Status != TokenStatus.Revoked)
            .ExecuteUpdateAsync(g => g.SetProperty(x => x.Status, TokenStatus.Revoked).SetProperty(x => x.RevokedAt, now), ct);
        return revoked;
    }
}
