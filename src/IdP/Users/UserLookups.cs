using IdP.Access;
using IdP.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

/// <summary>What the writes about people have to know about the rest of the database.</summary>
public sealed class UserLookups(IdpDbContext db, ILookupNormalizer normalizer)
{
    public async Task<UserReferences> ReferencesAsync(CancellationToken ct) => new(
        (await db.Roles.Select(r => r.Name!).ToListAsync(ct)).ToHashSet(StringComparer.Ordinal), // never null: CreateRole requires it
        (await db.Groups.Select(g => g.Name).ToListAsync(ct)).ToHashSet(StringComparer.Ordinal),
        (await db.Organizations.Select(o => o.Name).ToListAsync(ct)).ToHashSet(StringComparer.Ordinal));

    /// <summary>People sign in with either name or address, so neither may be the name or the address of somebody else.</summary>
    public async Task<IReadOnlyList<Failure>> CheckUniqueAsync(UserSettings user, IReadOnlyCollection<Guid> except, CancellationToken ct)
    {
        var name = normalizer.NormalizeName(user.UserName);
        var email = user.Email is null ? null : normalizer.NormalizeEmail(user.Email);
        string[] keys = email is null ? [name] : [name, email];
        var others = await db.Users.Where(u => keys.Contains(u.NormalizedUserName!) || keys.Contains(u.NormalizedEmail!))
            .Select(u => new { u.Id, u.NormalizedUserName, u.NormalizedEmail }).ToListAsync(ct);
        others.RemoveAll(other => except.Contains(other.Id));
        List<Failure> failures = [];
        if (others.Exists(other => other.NormalizedUserName == name || other.NormalizedEmail == name))
            failures.Add(Failure.Conflict("taken", "Another person has this name.", "userName"));
        if (email is not null && others.Exists(other => other.NormalizedUserName == email || other.NormalizedEmail == email))
            failures.Add(Failure.Conflict("taken", "Another person has this e-mail address.", "email"));
        return failures;
    }
}
