using IdP.Data;
using IdP.PersonalTokens;
using IdP.Protocol.Grants;
using IdP.Protocol.Logout;
using IdP.Recovery;
using Microsoft.EntityFrameworkCore;

namespace IdP.Sessions;

/// <summary>Ends everything a person is signed in to, and what was given to others in those sessions. Part of other writes: the caller holds the transaction and writes the audit entry.</summary>
public sealed class EndAllSessions(IdpDbContext db, BackChannelLogout logout, GrantRevocation revocation, EndPersonalTokens tokens, EndRescues rescues, TimeProvider clock)
{
    /// <param name="keep">The session that goes on, with all it led to: the one in which the person asked for this.</param>
    public async Task OfAsync(Guid userId, CancellationToken ct, Guid? keep = null)
    {
        var now = clock.GetUtcNow();
        // Those that have expired are among them: an app reached from one may go on by itself.
        var open = await db.Sessions.Where(s => s.UserId == userId && s.EndedAt == null && s.Id != keep).Select(s => s.Id).ToListAsync(ct);
        await db.Sessions.Where(s => open.Contains(s.Id)).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now), ct);
        await logout.QueueAsync(userId.ToString(), db.Sessions.Where(s => open.Contains(s.Id)).Select(s => s.Id), ct);
        await rescues.GivenByAsync(userId, ct);
        if (keep is null)
        {
            await revocation.RevokeSubjectAsync(userId.ToString(), null, ct);
            await tokens.OfAsync(userId, ct); // and what the person, or a thief, made for scripts
        }
        else
            foreach (var one in open)
                await revocation.RevokeSessionAsync(one, ct);
    }
}
