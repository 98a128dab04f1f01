using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Links;

/// <summary>What a link in a mail is good for, once: the link holds a random token, the row its hash.</summary>
public sealed class OneTimeLink
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>What it opens, see <see cref="LinkPurposes"/>: a link of one purpose is nothing on the page of another.</summary>
    public required string Purpose { get; set; }

    /// <summary>The account it belongs to; null for somebody who has none yet.</summary>
    public Guid? UserId { get; set; }

    public User? User { get; set; }

    /// <summary>SHA-256 of the token, base64url; null while nobody knows yet whether there is anybody to send it to.</summary>
    public string? TokenHash { get; set; }

    /// <summary>SHA-256 of the code that does the same as the link, together with the handle, without which eight digits would be found by trying.</summary>
    public string? CodeHash { get; set; }

    /// <summary>SHA-256 of the handle in the address of the page that waits for the code.</summary>
    public string? HandleHash { get; set; }

    /// <summary>SHA-256 of the cookie of the browser that asked, when the link is good only there.</summary>
    public string? BrowserHash { get; set; }

    /// <summary>Codes that were tried.</summary>
    public int Tries { get; set; }

    /// <summary><see cref="User.SecurityStamp"/> when it was made: a password or factor that was changed meanwhile ends it. Null for what must survive that.</summary>
    public string? SecurityStamp { get; set; }

    /// <summary>The address it was sent to, normalized: one that the account has no longer proves nothing.</summary>
    public string? Address { get; set; }

    /// <summary>Local address to go on to.</summary>
    public string ReturnUrl { get; set; } = "";

    /// <summary>The app the person is on the way to.</summary>
    public string? ClientId { get; set; }

    /// <summary>What else its purpose needs, JSON.</summary>
    public string? Data { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? UsedAt { get; set; }
}

public static class LinkPurposes
{
    public const string ResetPassword = "reset-password";
    public const string Freeze = "freeze";
    public const string SignIn = "sign-in";
    public const string SignUp = "sign-up";
    public const string Invitation = "invitation";
    public const string ConfirmEmail = "confirm-email";
    public const string ChangeEmail = "change-email";
    public const string TemporaryPass = "temporary-pass";
    public const string StopRecovery = "stop-recovery";
    public const string SecondFactor = "second-factor";
    public const string CancelErasure = "cancel-erasure";
}

internal static class OneTimeLinkMapping
{
    public static void AddOneTimeLinks(this ModelBuilder model) => model.Entity<OneTimeLink>(link =>
    {
        link.ToTable("OneTimeLinks");
        link.Property(l => l.Purpose).HasMaxLength(30);
        link.Property(l => l.TokenHash).HasMaxLength(43);
        link.Property(l => l.CodeHash).HasMaxLength(43);
        link.Property(l => l.HandleHash).HasMaxLength(43);
        link.Property(l => l.BrowserHash).HasMaxLength(43);
        link.Property(l => l.ClientId).HasMaxLength(200);
        link.HasIndex(l => l.HandleHash).IsUnique();
        link.Property(l => l.SecurityStamp).HasMaxLength(100);
        link.Property(l => l.Address).HasMaxLength(256);
        link.HasIndex(l => l.TokenHash).IsUnique();
        link.HasIndex(l => new { l.UserId, l.Purpose, l.CreatedAt });
        link.HasIndex(l => new { l.Address, l.Purpose, l.CreatedAt });
        link.HasIndex(l => l.ExpiresAt);
        link.HasOne(l => l.User).WithMany().HasForeignKey(l => l.UserId).OnDelete(DeleteBehavior.Cascade);
    });
}
