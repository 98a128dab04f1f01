using IdP.Credentials;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Policies;

/// <summary>What policies can ask about many people as they are today, in a number of statements that does not depend on how many they are.</summary>
internal sealed class PeopleFacts
{
    private readonly HashSet<Guid> passkeys, apps;
    private readonly ILookup<Guid, string> organizations, groups;

    private PeopleFacts(HashSet<Guid> passkeys, HashSet<Guid> apps, ILookup<Guid, string> organizations, ILookup<Guid, string> groups) =>
        (this.passkeys, this.apps, this.organizations, this.groups) = (passkeys, apps, organizations, groups);

    public static async Task<PeopleFacts> ReadAsync(IdpDbContext db, IReadOnlyCollection<Guid> people, CancellationToken ct)
    {
        var (organizations, groups) = await MembershipsAsync(db, people, ct);
        return new(
            await db.UserPasskeys.Where(p => people.Contains(p.UserId)).Select(p => p.UserId).Distinct().ToHashSetAsync(ct),
            await db.Credentials.Where(c => people.Contains(c.UserId) && c.Kind == CredentialKinds.AuthenticatorApp).Select(c => c.UserId).Distinct().ToHashSetAsync(ct),
            organizations, groups);
    }

    /// <summary>Names of organizations and of groups, by person.</summary>
    public static async Task<(ILookup<Guid, string> Organizations, ILookup<Guid, string> Groups)> MembershipsAsync(IdpDbContext db, IReadOnlyCollection<Guid> people, CancellationToken ct)
    {
        var organizations = await db.OrganizationMembers.Where(m => people.Contains(m.UserId)).Join(db.Organizations, m => m.OrganizationId, o => o.Id, (m, o) => new { m.UserId, o.Name }).ToListAsync(ct);
        var groups = await db.GroupMembers.Where(m => people.Contains(m.UserId)).Join(db.Groups, m => m.GroupId, g => g.Id, (m, g) => new { m.UserId, g.Name }).ToListAsync(ct);
        return (organizations.ToLookup(m => m.UserId, m => m.Name), groups.ToLookup(m => m.UserId, m => m.Name));
    }

    public PolicyInputs Complete(PolicyInputs inputs) => inputs with
    {
        HasPasskey = passkeys.Contains(inputs.UserId), HasApp = apps.Contains(inputs.UserId), Organizations = [.. organizations[inputs.UserId]], Groups = [.. groups[inputs.UserId]],
    };
}
