using IdP.Credentials.Passwords.Known;
using IdP.Users;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passwords;

/// <summary>Judges a password that was right at a sign-in: it may have become known since it was chosen, or come as a hash whose password nobody here has seen.</summary>
public sealed class PresentPassword(KnownPasswords known, IOptions<PasswordRuleOptions> options)
{
    /// <summary>Why the person must choose a new one; null when it may stay.</summary>
    public async Task<PasswordChangeReason?> JudgeAsync(User user, string password, DateTimeOffset now)
    {
        // What is decided already costs nothing more.
        if (ReasonOf(user) is { } decided) return decided;
        return await known.FindAsync(password, CancellationToken.None) switch
        {
            KnownPassword.Common => PasswordChangeReason.Common,
            KnownPassword.Breached => PasswordChangeReason.Breached,
            _ => IsTooOld(user, now) ? PasswordChangeReason.TooOld : null,
        };
    }

    /// <summary>What was decided before.</summary>
    public static PasswordChangeReason? ReasonOf(User user) => user.MustChangePassword ? user.PasswordChangeReason ?? PasswordChangeReason.SetByOthers : null;

    private bool IsTooOld(User user, DateTimeOffset now) => options.Value.MaxAge > TimeSpan.Zero && (user.PasswordChangedAt ?? user.CreatedAt) + options.Value.MaxAge <= now;
}
