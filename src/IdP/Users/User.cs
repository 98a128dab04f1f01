using IdP.Credentials.Passwords;
using Microsoft.AspNetCore.Identity;

namespace IdP.Users;

/// <summary>A person with a local account: ASP.NET Core Identity's user with our columns. <see cref="IdentityUser{TKey}.Id"/> is the <c>sub</c> claim.</summary>
public sealed class User : IdentityUser<Guid>
{
    public User() => Id = Guid.CreateVersion7();

    /// <summary>Full name, the <c>name</c> claim.</summary>
    public string? Name { get; set; }

    public string? GivenName { get; set; }
    public string? FamilyName { get; set; }

    /// <summary>BCP 47 language tag, the <c>locale</c> claim.</summary>
    public string? Locale { get; set; }

    /// <summary>A disabled person cannot sign in, refresh or use a session.</summary>
    public bool Enabled { get; set; } = true;

    public string? DisabledReason { get; set; }

    /// <summary>Whether the password must be changed before anything else opens.</summary>
    public bool MustChangePassword { get; set; }

    /// <summary>Why, when <see cref="MustChangePassword"/>; null where somebody else has set it, too.</summary>
    public PasswordChangeReason? PasswordChangeReason { get; set; }

    public DateTimeOffset? PasswordChangedAt { get; set; }

    /// <summary>When the present password, or the one it was changed from without another proof, was set by the link of a mail: it shows no more than control of the mailbox. Null when it was set in another way.</summary>
    public DateTimeOffset? PasswordRecoveredAt { get; set; }

    /// <summary>Wrong second factors in browsers this person is not known in, since the last right one.</summary>
    public int FactorFailedCount { get; set; }

    public DateTimeOffset? FactorLockedUntil { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? LastSignInAt { get; set; }

    /// <summary>What to call this person on a page.</summary>
    public string DisplayName => Name ?? UserName ?? Id.ToString();

    /// <summary>Puts a new password in the place of the present one. What has begun with that one ends.</summary>
    /// <param name="mustChange">Why the person must choose another at the next sign-in; null when this is their own choice.</param>
    public void SetPassword(string? hash, DateTimeOffset now, PasswordChangeReason? mustChange = null)
    {
        (PasswordHash, PasswordChangedAt, UpdatedAt) = (hash, hash is null ? null : now, now);
        (MustChangePassword, PasswordChangeReason, PasswordRecoveredAt) = (mustChange is not null, mustChange, null);
        SecurityStamp = Guid.NewGuid().ToString("N");
    }
}

/// <summary>A role of the provider itself or of apps; <c>owner</c> may do everything in the console, <c>helpdesk</c> help people who cannot sign in.</summary>
public sealed class Role : IdentityRole<Guid>
{
    public Role() => Id = Guid.CreateVersion7();

    public Role(string name) : this()
    {
        (Name, NormalizedName) = (name, name.ToUpperInvariant());
        if (name == HelpDesk) Id = HelpDeskId;
    }

    public const string Owner = "owner";

    /// <summary>What it opens: see <see cref="Users.HelpDesk"/>.</summary>
    public const string HelpDesk = "helpdesk";

    /// <summary>
    /// By this the role of the provider is told from one of the same name that an installation had made for an app before the provider had one: that one has any other id, and opens nothing here.
    /// </summary>
    public static readonly Guid HelpDeskId = new("01939c5e-7a40-7000-8000-68656c706465");

    /// <summary>Those of the provider itself, which are always there.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = [Owner, HelpDesk];
}
