using IdP.Data;
using IdP.Protocol.Clients;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Account;

/// <summary>What the account page shows.</summary>
public sealed record AccountView(string? Name, string? Email, bool EmailConfirmed, int Sessions, IReadOnlyList<ConsentRow> Consents)
{
    public static async Task<AccountView> ReadAsync(SignedInPerson person, IdpDbContext db, Catalog catalog, SessionOptions sessions, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == person.UserId, ct);
        var seen = now - sessions.IdleLifetime;
        var open = await db.Sessions.Where(s => s.UserId == person.UserId && s.EndedAt == null && s.ExpiresAt > now && s.LastSeenAt > seen).CountAsync(ct);
        var consents = await db.Consents.AsNoTracking().Where(c => c.UserId == person.UserId).OrderBy(c => c.ClientId).Take(200).ToListAsync(ct);
        var rows = new List<ConsentRow>();
        foreach (var consent in consents)
            rows.Add(new(consent.ClientId, (await catalog.FindClientAsync(consent.ClientId, ct))?.ClientName ?? consent.ClientId, consent.Scopes, consent.GrantedAt));
        return new(user.Name, user.Email, user.EmailConfirmed, open, rows);
    }
}

public sealed record ConsentRow(string ClientId, string AppName, IReadOnlyList<string> Scopes, DateTimeOffset GrantedAt);
