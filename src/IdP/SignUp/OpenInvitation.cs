using IdP.Data;
using IdP.Links;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.SignUp;

/// <summary>An invitation that can still be accepted.</summary>
public sealed record OpenInvitation(Guid Id, UserSettings Settings, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    private const int Most = 500;

    public static async Task<IReadOnlyList<OpenInvitation>> ListAsync(IdpDbContext db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var rows = await db.OneTimeLinks.AsNoTracking().Where(l => l.Purpose == LinkPurposes.Invitation && l.UsedAt == null && l.ExpiresAt > now).OrderByDescending(l => l.CreatedAt).Take(Most).ToListAsync(ct);
        return rows.ConvertAll(row => new OpenInvitation(row.Id, NewAccount.Read(row.Data).Settings, row.CreatedAt, row.ExpiresAt));
    }
}
