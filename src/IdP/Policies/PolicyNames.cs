using IdP.AssertionIssuers;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Policies;

/// <summary>The names that policies may be limited to.</summary>
public sealed record PolicyNames(IReadOnlySet<string> Organizations, IReadOnlySet<string> Groups, IReadOnlySet<string> Clients);

/// <summary>Which of the names in a policy exist.</summary>
public sealed class KnownPolicyNames(IdpDbContext db, KnownClients clients)
{
    public async Task<PolicyNames> AmongAsync(SignInPolicySettings settings, CancellationToken ct)
    {
        var (organizations, groups) = (Possible(settings.Organizations), Possible(settings.Groups));
        return new(
            organizations.Length == 0 ? new HashSet<string>() : await db.Organizations.Where(o => organizations.Contains(o.Name)).Select(o => o.Name).ToHashSetAsync(StringComparer.Ordinal, ct),
            groups.Length == 0 ? new HashSet<string>() : await db.Groups.Where(g => groups.Contains(g.Name)).Select(g => g.Name).ToHashSetAsync(StringComparer.Ordinal, ct),
            settings.Clients.Count == 0 ? new HashSet<string>() : await clients.AmongAsync(settings.Clients, ct));
    }

    private static string[] Possible(List<string> names) => [.. names.Where(name => name.Length <= 200 && !name.Contains('\0'))]; // PostgreSQL refuses text with NUL
}
