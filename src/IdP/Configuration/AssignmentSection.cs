using System.Globalization;
using IdP.Access;
using IdP.Assignments;
using IdP.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Configuration;

/// <summary>Reads <c>clients[].assignedUsers</c> and <c>clients[].assignedGroups</c>. They are written last, because the people may be new, too.</summary>
internal sealed class AssignmentSection(IdpDbContext db, AssignApp assign, UnassignApp unassign, ILookupNormalizer normalizer)
{
    /// <summary>What one client of the file says; null where it says nothing, and who is assigned stays.</summary>
    public sealed record Wanted(string ClientId, Guid? Key, string Path, IReadOnlyList<string>? Users, IReadOnlyList<string>? Groups);

    public static void Read(string clientId, Guid? key, ObjectReader json, Draft draft)
    {
        List<string>? users = null, groups = null;
        json.Texts("assignedUsers", value => users = value);
        json.Texts("assignedGroups", value => groups = value);
        if (users is not null || groups is not null) draft.Assignments.Add(new(clientId, key, json.Path, users, groups));
    }

    public async Task AddStepsAsync(Draft draft, CancellationToken ct)
    {
        foreach (var wanted in draft.Assignments)
        {
            await CheckUsersAsync(wanted, draft, ct);
            if (wanted.Groups is { } groups) CheckNames(draft, groups, draft.Groups.Contains, wanted.Path, "assignedGroups", "unknown_group", "There is no group with this name.");
            if (draft.Log.Failures.Count == 0) await AddStepsAsync(wanted, draft, ct);
        }
    }

    private async Task AddStepsAsync(Wanted wanted, Draft draft, CancellationToken ct)
    {
        var users = wanted.Users is null || wanted.Key is null ? [] : await db.AssignedUsers.Where(a => a.ClientKey == wanted.Key).Join(db.Users, a => a.UserId, u => u.Id, (_, u) => u.UserName!).ToListAsync(ct);
        var groups = wanted.Groups is null || wanted.Key is null ? [] : await db.AssignedGroups.Where(a => a.ClientKey == wanted.Key).Join(db.Groups, a => a.GroupId, g => g.Id, (_, g) => g.Name).ToListAsync(ct);
        List<string> newUsers = [.. (wanted.Users ?? []).Except(users, StringComparer.OrdinalIgnoreCase)], newGroups = [.. (wanted.Groups ?? []).Except(groups, StringComparer.Ordinal)];
        List<string> oldUsers = [.. users.Except(wanted.Users ?? users, StringComparer.OrdinalIgnoreCase)], oldGroups = [.. groups.Except(wanted.Groups ?? groups, StringComparer.Ordinal)];
        draft.Add(Step.Update(wanted.Path, $"client {wanted.ClientId}", Words("assign", newUsers, newGroups), token => assign.ExecuteAsync(wanted.ClientId, newUsers, newGroups, token)));
        draft.Add(Step.Update(wanted.Path, $"client {wanted.ClientId}", Words("take off", oldUsers, oldGroups), token => unassign.ExecuteAsync(wanted.ClientId, oldUsers, oldGroups, token)));
    }

    private async Task CheckUsersAsync(Wanted wanted, Draft draft, CancellationToken ct)
    {
        if (wanted.Users is not { Count: > 0 } users) return;
        HashSet<string> known = [.. draft.Users];
        if (users.Count > Assignees.Most) draft.Log.Add($"{wanted.Path}.assignedUsers", "too_many", string.Create(CultureInfo.InvariantCulture, $"At most {Assignees.Most} users can be named."));
        else
            foreach (var names in users.Select(name => normalizer.NormalizeName(name)).Where(name => !known.Contains(name)).Chunk(500))
                known.UnionWith(await db.Users.Where(u => names.Contains(u.NormalizedUserName!)).Select(u => u.NormalizedUserName!).ToListAsync(ct));
        CheckNames(draft, users, name => known.Contains(normalizer.NormalizeName(name)), wanted.Path, "assignedUsers", "unknown_user", "There is no user with this name.");
    }

    private static void CheckNames(Draft draft, IReadOnlyList<string> names, Func<string, bool> isKnown, string path, string field, string code, string sentence)
    {
        List<Failure> failures = [];
        TextRules.CheckUnique(failures, names, field);
        for (var i = 0; i < names.Count; i++)
            if (!isKnown(names[i])) failures.Add(Failure.Invalid(code, sentence, string.Create(CultureInfo.InvariantCulture, $"{field}[{i}]")));
        draft.Log.AddRules(path, failures);
    }

    private static IEnumerable<string> Words(string verb, List<string> users, List<string> groups)
    {
        if (users.Count > 0) yield return $"{verb} {string.Join(", ", users)}";
        if (groups.Count > 0) yield return $"{verb} group {string.Join(", ", groups)}";
    }
}
