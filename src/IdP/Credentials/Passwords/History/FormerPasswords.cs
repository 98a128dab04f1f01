using IdP.Data;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passwords.History;

/// <summary>A person's last passwords, as many as <see cref="PasswordRuleOptions.History"/> says.</summary>
public sealed class FormerPasswords(IdpDbContext db, PasswordQueue passwords, IOptions<PasswordRuleOptions> options, TimeProvider clock)
{
    /// <summary>Whether this is one of them, or the present one; null when too many hashes are waiting. Each one costs a hash, in line like every other.</summary>
    public async Task<bool?> ContainAsync(User user, string password, PasswordSource line, CancellationToken ct)
    {
        List<string> hashes = options.Value.History == 0 ? [] : await Latest(user.Id).Take(options.Value.History).Select(f => f.PasswordHash).ToListAsync(ct);
        if (user.PasswordHash is not null) hashes.Insert(0, user.PasswordHash);
        foreach (var hash in hashes)
        {
            var then = new User { Id = user.Id, PasswordHash = hash };
            if (await passwords.VerifyAsync(then, password, line, ct) is not { } verdict) return null;
            if (verdict is not PasswordVerificationResult.Failed) return true;
        }
        return false;
    }

    /// <summary>Remembers the present password before another takes its place. One that was made for the person to change at once is no choice of theirs.</summary>
    public void Keep(User user)
    {
        if (options.Value.History == 0 || user.PasswordHash is null || PresentPassword.ReasonOf(user) is PasswordChangeReason.SetByOthers) return;
        db.FormerPasswords.Add(new FormerPassword { UserId = user.Id, PasswordHash = user.PasswordHash, ReplacedAt = clock.GetUtcNow() });
    }

    /// <summary>Deletes what is too much now: after the person's own row was written, as everything that has to do with one person (<see cref="SignIn.FactorCounters"/>).</summary>
    public async Task TrimAsync(Guid userId, CancellationToken ct)
    {
        var kept = Latest(userId).Take(options.Value.History).Select(f => f.Id);
        await db.FormerPasswords.Where(f => f.UserId == userId && !kept.Contains(f.Id)).ExecuteDeleteAsync(ct);
    }

    private IQueryable<FormerPassword> Latest(Guid userId) => db.FormerPasswords.Where(f => f.UserId == userId).OrderByDescending(f => f.ReplacedAt).ThenByDescending(f => f.Id);
}
