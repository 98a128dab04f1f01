using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Registration;

/// <summary>Ends an initial access token. The clients that were registered with it stay.</summary>
public sealed class DeleteInitialAccessToken(IdpDbContext db, Actor actor, AuditLog audit)
{
    public async Task<Outcome<bool>> ExecuteAsync(Guid id, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (await db.InitialAccessTokens.SingleOrDefaultAsync(t => t.Id == id, ct) is not { } token) return Failure.NotFound("initial access token");

        db.InitialAccessTokens.Remove(token);
        audit.Record("initial_access_token.deleted", "initial_access_token", id.ToString(), new { token.Description });
        if (await db.SaveAsync("initial access token", ct) is { } conflict) return conflict;
        return true;
    }
}
