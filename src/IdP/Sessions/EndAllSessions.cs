using IdP.Data;
using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;

namespace IdP.Sessions;

/// <summary>Ends everything a person is signed in to. Part of other writes: the caller holds the transaction and writes the audit entry.</summary>
public sealed class EndAllSessions(IdpDbContext db, GrantRevocation revocation, TimeProvider clock)
{
    public async Task OfAsync(Guid userId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await db.Sessions.Where(s => s.UserId == userId && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), ct);
        await revocation.RevokeSubjectAsync(userId.ToString(), null, ct);
    }
}
