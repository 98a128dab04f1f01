using IdP.Access;
using IdP.Credentials.Passwords.History;
using IdP.Credentials.Passwords.Known;
using IdP.Data;
using IdP.Protocol;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace IdP.Credentials.Passwords;

/// <summary>
/// The one door for every password that is chosen, in the spirit of NIST SP 800-63B 3.1.1.2: long enough, not the owner's name, not one that attackers know; no rules about
/// digits and signs.
/// </summary>
public sealed class PasswordRules(KnownPasswords known, FormerPasswords former, PasswordQueue passwords, IdpDbContext db, IConfiguration configuration)
{
    public const int MinLength = 8;
    public const int MaxLength = PasswordHasher.MaxLength;

    /// <summary>What is wrong with a new password for somebody who has an account, or null.</summary>
    /// <param name="current">The present password, when the person has just shown it.</param>
    /// <param name="line">In whose turn former passwords are compared; <see cref="FailureKind.Busy"/> when there is none.</param>
    public async Task<Failure?> CheckReplacementAsync(User user, string password, string? current, PasswordSource line, CancellationToken ct, string field = "password")
    {
        if (current is not null && PasswordText.Normalize(password) == PasswordText.Normalize(current)) return PasswordRefusals.Same(field);
        var organizations = await db.OrganizationMembers.Where(m => m.UserId == user.Id).Join(db.Organizations, m => m.OrganizationId, o => o.Id, (_, o) => new { o.Name, o.DisplayName }).ToListAsync(ct);
        if (await CheckAsync(password, PasswordOwner.Of(user, organizations.SelectMany(o => (string?[])[o.Name, o.DisplayName])), ct, field) is { } bad) return bad;
        return await former.ContainAsync(user, password, line, ct) switch
        {
            null => Failure.Busy(passwords.RetryAfter),
            true => PasswordRefusals.Reused(field),
            false => null,
        };
    }

    /// <summary>What is wrong with the first password of an account, or null.</summary>
    public async Task<Failure?> CheckAsync(string password, PasswordOwner owner, CancellationToken ct, string field = "password")
    {
        if (!PasswordText.IsWellFormed(password)) return PasswordRefusals.Characters(field);
        if (PasswordText.Normalize(password) is not { } text || PasswordText.LengthOf(text) < MinLength) return PasswordRefusals.Length(field);
        if (OwnWords.MakeUp(text, owner, Places())) return PasswordRefusals.OwnWords(field);
        return await known.FindAsync(text, ct) switch
        {
            KnownPassword.Common => PasswordRefusals.Common(field),
            KnownPassword.Breached => PasswordRefusals.Breached(field),
            _ => null,
        };
    }

    /// <summary>What this site is called: the words of its address, without the top-level domain.</summary>
    private string[] Places()
    {
        if (!AbsoluteUri.TryParse(configuration["Issuer"], out var issuer) || issuer.HostNameType is not UriHostNameType.Dns) return [];
        var labels = issuer.IdnHost.Split('.');
        return labels.Length == 1 ? labels : labels[..^1];
    }
}
