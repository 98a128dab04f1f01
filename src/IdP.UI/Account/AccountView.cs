using IdP.Data;
using IdP.Protocol.Clients;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Account;

/// <summary>What the account page shows.</summary>
public sealed record AccountView(string? Name, string? Email, bool EmailConfirmed, IReadOnlyList<Session> Sessions, IReadOnlyList<ConsentRow> Consents)
{
    public static async Task<AccountView> ReadAsync(SignedInPerson person, IdpDbContext db, Catalog catalog, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == person.UserId, ct);
        var sessions = await db.Sessions.AsNoTracking().Where(s => s.UserId == person.UserId && s.EndedAt == null && s.ExpiresAt > now).OrderByDescending(s => s.LastSeenAt).Take(100).ToListAsync(ct);
        var consents = await db.Consents.AsNoTracking().Where(c => c.UserId == person.UserId).OrderBy(c => c.ClientId).Take(200).ToListAsync(ct);
        var rows = new List<ConsentRow>();
        foreach (var consent in consents)
            rows.Add(new(consent.ClientId, (await catalog.FindClientAsync(consent.ClientId, ct))?.ClientName ?? consent.ClientId, consent.Scopes, consent.GrantedAt));
        return new(user.Name, user.Email, user.EmailConfirmed, sessions, rows);
    }
}

public sealed record ConsentRow(string ClientId, string AppName, IReadOnlyList<string> Scopes, DateTimeOffset GrantedAt);
