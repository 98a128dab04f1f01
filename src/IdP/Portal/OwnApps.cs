using System.Globalization;
using IdP.Assignments;
using IdP.Data;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Portal;

/// <summary>What one person finds.</summary>
/// <param name="HasMore">Whether more were found than are shown.</param>
public sealed record FoundApps(IReadOnlyList<PortalApp> Apps, bool HasMore);

/// <summary>
/// The apps that a person may use, those used last before the others, which are by name. However many apps and people there are, it asks at most twice: which apps the person is assigned to,
/// where one asks for that, and which were used last.
/// </summary>
public sealed class OwnApps(IdpDbContext db, PortalApps portal, AppAccess access)
{
    /// <summary>So many fit on the page.</summary>
    public const int Most = 200;

    /// <summary>So many of the newest ways to an app are looked at, whatever a person has done.</summary>
    private const int Looked = 200;

    private static readonly CompareInfo Words = CultureInfo.InvariantCulture.CompareInfo;

    /// <param name="query">Words that must all be in name or description, in any case and with or without accents; empty for everything.</param>
    public async Task<FoundApps> FindAsync(Guid userId, string query, CancellationToken ct)
    {
        var apps = await portal.AllAsync(ct);
        if (apps.Any(app => app.App.AssignmentRequired))
        {
            var assigned = await access.AssignedToAsync(userId, ct);
            apps = [.. apps.Where(app => !app.App.AssignmentRequired || assigned.Contains(app.App.Id))];
        }
        var words = query.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        apps = [.. apps.Where(app => words.All(word => Has(app.Name, word) || Has(app.App.Description, word)))];
        if (apps.Count == 0) return new([], HasMore: false);

        var used = await db.SignInDecisions.AsNoTracking()
            .Where(d => d.UserId == userId && (d.Outcome == SignInOutcome.Success || d.Outcome == SignInOutcome.Passed) && d.ClientId != null)
            .OrderByDescending(d => d.At).Take(Looked).Select(d => d.ClientId!).ToListAsync(ct);
        var places = used.Distinct(StringComparer.Ordinal).Select((clientId, place) => (clientId, place)).ToDictionary(one => one.clientId, one => one.place, StringComparer.Ordinal);
        return new([.. apps.OrderBy(app => places.GetValueOrDefault(app.App.ClientId, int.MaxValue)).Take(Most)], apps.Count > Most); // keeps the order by name
    }

    private static bool Has(string? text, string word) => text is not null && Words.IndexOf(text, word, CompareOptions.IgnoreCase | CompareOptions.IgnoreNonSpace | CompareOptions.IgnoreWidth) >= 0;
}
