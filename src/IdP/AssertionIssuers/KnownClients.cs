using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.AssertionIssuers;

/// <summary>Which of some client ids exist.</summary>
public sealed class KnownClients(IdpDbContext db)
{
    public async Task<HashSet<string>> AmongAsync(IReadOnlyCollection<string> clientIds, CancellationToken ct)
    {
        string[] possible = [.. clientIds.Where(id => id.Length <= 200 && !id.Contains('\0'))]; // PostgreSQL refuses text with NUL
        return await db.Clients.Where(c => possible.Contains(c.ClientId)).Select(c => c.ClientId).ToHashSetAsync(StringComparer.Ordinal, ct);
    }
}
