using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Profile;

/// <summary>What people decide about themselves: how they are called and in which language. Nothing here says what they may do.</summary>
public sealed record ProfileSettings(string? Name, string? GivenName, string? FamilyName, string? Locale)
{
    public static ProfileSettings From(User user) => new(user.Name, user.GivenName, user.FamilyName, user.Locale);

    /// <summary>Without the blanks around, and nothing where there are only blanks.</summary>
    internal ProfileSettings Trimmed() => new(Trim(Name), Trim(GivenName), Trim(FamilyName), Trim(Locale));

    private static string? Trim(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

/// <summary>A person changes their own profile.</summary>
public sealed class UpdateProfile(IdpDbContext db, AuditLog audit, TimeProvider clock)
{
    /// <param name="stamp">The <c>ConcurrencyStamp</c> the change was made on: if somebody saved since, the answer is <c>stale_version</c>.</param>
    public async Task<Outcome<User>> ExecuteAsync(Guid userId, string? stamp, ProfileSettings given, CancellationToken ct)
    {
        var settings = given.Trimmed();
        List<Failure> failures = [];
        ProfileRules.Check(failures, settings.Name, settings.GivenName, settings.FamilyName, settings.Locale);
        if (Failure.Several(failures) is { } invalid) return invalid;
        if (await db.Users.SingleOrDefaultAsync(u => u.Id == userId && u.Enabled, ct) is not { } user) return Failure.NotFound("user");
        if (user.ConcurrencyStamp != stamp) return Failure.Conflict("stale_version", "The profile was changed in the meantime. Load it again and repeat your change.");
        var changes = Change.Between(Changeable.Of(ProfileSettings.From(user)), Changeable.Of(settings));
        if (changes.Count == 0) return user;

        (user.Name, user.GivenName, user.FamilyName, user.Locale) = (settings.Name, settings.GivenName, settings.FamilyName, settings.Locale);
        (user.UpdatedAt, user.ConcurrencyStamp) = (clock.GetUtcNow(), Guid.NewGuid().ToString("N"));
        // What a person is called is nobody's business in the log.
        audit.Record("user.profile_changed", "user", userId.ToString(), new { changed = changes.Select(c => c.Property) }, actorId: userId);
        if (await db.SaveAsync("user", ct) is { } conflict) return conflict;
        return user;
    }

    /// <summary>The same as properties that can be written, which is what <see cref="Change"/> compares.</summary>
    private sealed class Changeable
    {
        public string? Name { get; set; }
        public string? GivenName { get; set; }
        public string? FamilyName { get; set; }
        public string? Locale { get; set; }

        public static Changeable Of(ProfileSettings settings) => new() { Name = settings.Name, GivenName = settings.GivenName, FamilyName = settings.FamilyName, Locale = settings.Locale };
    }
}
