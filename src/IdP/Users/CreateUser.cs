using IdP.Access;
using IdP.Audit;
using IdP.Credentials.Passwords;
using IdP.Data;
using Microsoft.AspNetCore.Identity;

namespace IdP.Users;

/// <summary>A person after a write, with the one-time password when one was made: it is in clear only here.</summary>
public sealed record SavedUser(User User, string? GeneratedPassword);

public sealed class CreateUser(IdpDbContext db, Actor actor, AuditLog audit, UserLookups lookups, UserConnections connections, PasswordRules rules, IPasswordHasher<User> hasher, TimeProvider clock)
{
    public async Task<Outcome<SavedUser>> ExecuteAsync(UserSettings settings, InitialPassword password, bool enabled, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        return await AddAsync(settings, password, enabled, ct);
    }

    /// <summary>For callers that decided by other means that this person gets an account, such as an address verified upstream.</summary>
    internal async Task<Outcome<SavedUser>> AddAsync(UserSettings settings, InitialPassword password, bool enabled, CancellationToken ct)
    {
        List<Failure> failures = [.. UserRules.Check(settings, await lookups.ReferencesAsync(ct)), .. await lookups.CheckUniqueAsync(settings, [], ct)];
        if (await password.CheckAsync(settings, rules, ct) is { } bad) failures.Add(bad);
        if (Failure.Several(failures) is { } invalid) return invalid;

        var now = clock.GetUtcNow();
        var user = new User { Enabled = enabled, CreatedAt = now };
        var generated = password.SetOn(user, hasher, now);
        await connections.SetAsync(user, settings, ct);
        db.Users.Add(user);
        audit.Record("user.created", "user", user.Id.ToString(), new { settings.UserName, settings.Roles, settings.Groups, enabled });
        if (await db.SaveAsync("user", ct) is { } conflict) return conflict;
        return new SavedUser(user, generated);
    }
}
