using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Console.Policies;

/// <summary>One thing that a policy can be limited to.</summary>
public sealed record PolicyOption(string Name, string? DisplayName);

/// <summary>What a policy can be limited to, as far as it fits into a list of boxes.</summary>
public sealed record PolicyChoices(PolicyOptions Organizations, PolicyOptions Groups, PolicyOptions Clients)
{
    private const int MaxBoxes = 24;

    public static async Task<PolicyChoices> ReadAsync(IdpDbContext db, CancellationToken ct) => new(
        Fitting(await db.Organizations.OrderBy(o => o.Name).Take(MaxBoxes + 1).Select(o => new PolicyOption(o.Name, o.DisplayName)).ToListAsync(ct)),
        Fitting(await db.Groups.OrderBy(g => g.Name).Take(MaxBoxes + 1).Select(g => new PolicyOption(g.Name, null)).ToListAsync(ct)),
        Fitting(await db.Clients.OrderBy(c => c.ClientId).Take(MaxBoxes + 1).Select(c => new PolicyOption(c.ClientId, c.ClientName)).ToListAsync(ct)));

    private static PolicyOptions Fitting(List<PolicyOption> found) => new([.. found.Take(MaxBoxes)], found.Count <= MaxBoxes);
}

/// <param name="AreAll">Whether there are no others, so that nothing needs to be typed.</param>
public sealed record PolicyOptions(IReadOnlyList<PolicyOption> Shown, bool AreAll);
