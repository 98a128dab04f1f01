using IdP.Access;
using IdP.Audit;
using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Organizations;

/// <summary>An organization as one of its people sees it.</summary>
public sealed record OwnMembership(string Name, string? DisplayName, IReadOnlyList<string> Roles, DateTimeOffset JoinedAt, bool MayLeave);

/// <summary>A person leaves an organization, where the operator lets them.</summary>
public sealed class LeaveOrganization(IdpDbContext db, AuditLog audit, IOptions<OrganizationOptions> options, TimeProvider clock)
{
    /// <summary>What this person is a member of.</summary>
    public async Task<IReadOnlyList<OwnMembership>> ListAsync(Guid userId, CancellationToken ct)
    {
        var domain = DomainOf(await db.Users.Where(u => u.Id == userId).Select(u => u.NormalizedEmail).FirstOrDefaultAsync(ct));
        var found = await db.OrganizationMembers.AsNoTracking().Where(m => m.UserId == userId).Join(db.Organizations, m => m.OrganizationId, o => o.Id,
            (m, o) => new { o.Name, o.DisplayName, m.Roles, m.JoinedAt, OwnsAddress = o.Domains.Any(d => d.VerifiedAt != null && d.Name == domain) }).OrderBy(m => m.Name).ToListAsync(ct);
        return [.. found.Select(m => new OwnMembership(m.Name, m.DisplayName, m.Roles, m.JoinedAt, options.Value.MembersMayLeave && !m.OwnsAddress))];
    }

    public async Task<Outcome<bool>> ExecuteAsync(Guid userId, string name, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == userId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct) == 0) return Failure.NotFound("user");
        if ((await ListAsync(userId, ct)).FirstOrDefault(m => m.Name == name) is not { } membership) return Failure.NotFound("organization");
        if (!membership.MayLeave) return Failure.Conflict("leaving_not_allowed", "The administrators of this organization decide who belongs to it. Ask them.");

        await db.OrganizationMembers.Where(m => m.UserId == userId && db.Organizations.Any(o => o.Id == m.OrganizationId && o.Name == name)).ExecuteDeleteAsync(ct);
        audit.Record("user.organization_left", "user", userId.ToString(), new { organization = name }, userId);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    private static string? DomainOf(string? normalized) => normalized?[(normalized.LastIndexOf('@') + 1)..].ToLowerInvariant();
}
