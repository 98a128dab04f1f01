using System.Globalization;
using IdP.Access;
using IdP.Data;
using IdP.Groups;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Assignments;

/// <summary>Who was named for an app.</summary>
/// <param name="Users">User ids by user name.</param>
/// <param name="Groups">Group ids by name.</param>
internal sealed record Assignees(IReadOnlyDictionary<string, Guid> Users, IReadOnlyDictionary<string, Guid> Groups)
{
    /// <summary>So many at once, of each kind.</summary>
    public const int Most = 10_000;

    private const int Batch = 500;

    public static async Task<Outcome<Assignees>> FindAsync(IdpDbContext db, ILookupNormalizer normalizer, IReadOnlyCollection<string> userNames, IReadOnlyCollection<string> groupNames, CancellationToken ct)
    {
        if (userNames.Count > Most || groupNames.Count > Most) return Failure.Invalid("too_many", string.Create(CultureInfo.InvariantCulture, $"At most {Most} users and groups can be named at once."));
        if (userNames.Concat(groupNames).Any(name => name.Contains('\0'))) return Failure.Invalid("bad_character", "Control characters are not allowed.");
        var (users, groups) = (new Dictionary<string, Guid>(StringComparer.Ordinal), new Dictionary<string, Guid>(StringComparer.Ordinal));
        foreach (var names in userNames.Select(name => normalizer.NormalizeName(name.Trim())).Distinct(StringComparer.Ordinal).Chunk(Batch))
            foreach (var user in await db.Users.Where(u => names.Contains(u.NormalizedUserName!)).Select(u => new { u.Id, u.UserName }).ToListAsync(ct)) users[user.UserName!] = user.Id; // found by it
        foreach (var names in groupNames.Distinct(StringComparer.Ordinal).Chunk(Batch))
            foreach (var group in await db.Groups.Where(g => names.Contains(g.Name)).Select(g => new { g.Id, g.Name }).ToListAsync(ct)) groups[group.Name] = group.Id;

        var known = users.Keys.Select(name => normalizer.NormalizeName(name)).ToHashSet(StringComparer.Ordinal);
        List<Failure> unknown =
        [
            .. userNames.Where(name => !known.Contains(normalizer.NormalizeName(name.Trim()))).Select(_ => Failure.Invalid("unknown_user", "There is no user with this name.", "assignedUsers")),
            .. groupNames.Where(name => !groups.ContainsKey(name)).Select(_ => Failure.Invalid("unknown_group", "There is no group with this name.", "assignedGroups")),
        ];
        return Failure.Several(unknown) is { } failure ? failure : new Assignees(users, groups);
    }
}
