using IdP.Access;
using IdP.Credentials.Passwords;
using Microsoft.AspNetCore.Identity;

namespace IdP.Users;

/// <summary>What a new account can be signed in to with.</summary>
public abstract record InitialPassword
{
    /// <summary>Nothing: the person comes by another way.</summary>
    public sealed record None : InitialPassword;

    /// <summary>A one-time password, returned once; the person must change it.</summary>
    public sealed record Generated : InitialPassword;

    public sealed record Chosen(string Value) : InitialPassword;

    /// <summary>A hash of another system, see <see cref="ImportedHash"/>.</summary>
    public sealed record Imported(string Format, string Value) : InitialPassword;

    public async Task<Failure?> CheckAsync(UserSettings user, PasswordRules rules, CancellationToken ct) => this switch
    {
        Chosen chosen => await rules.CheckAsync(chosen.Value, PasswordOwner.Of(user), ct),
        Imported imported => ImportedHash.Check(imported.Format, imported.Value),
        _ => null,
    };

    /// <summary>Puts it on the account and answers the password if one was made.</summary>
    internal string? SetOn(User user, IPasswordHasher<User> hasher, DateTimeOffset now)
    {
        var generated = this is Generated ? OneTimePassword.Generate() : null;
        var hash = this switch
        {
            Generated => hasher.HashPassword(user, generated!), // made one line above
            Chosen chosen => hasher.HashPassword(user, chosen.Value),
            Imported imported => imported.Value,
            _ => null,
        };
        user.SetPassword(hash, now, this is Generated ? PasswordChangeReason.SetByOthers : null);
        return generated;
    }
}
