using IdP.Risk;
using IdP.Sessions;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.SignIn;

/// <summary>
/// A sign-in that has begun and lacks something: the password was right, a second factor is still owed. Each tab has its own, found by the handle in its
/// address, and only in the browser that began it. Whatever is not done yet is in no session, so nothing opens before.
/// </summary>
public sealed class PendingLogin
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>SHA-256 of the handle in the address, base64url.</summary>
    public required string HandleHash { get; set; }

    /// <summary>SHA-256 of the handle in the browser's cookie, base64url: the address alone is worth nothing elsewhere.</summary>
    public required string BrowserHash { get; set; }

    public Guid UserId { get; set; }
    public User? User { get; set; }

    /// <summary><see cref="User.SecurityStamp"/> at the beginning: a changed password or factor ends what was begun before.</summary>
    public required string SecurityStamp { get; set; }

    public string? ClientId { get; set; }

    /// <summary>What was shown so far, as RFC 8176 values.</summary>
    public List<string> Methods { get; set; } = [];

    /// <summary>Authentication context classes that the next factor must reach; none for any factor.</summary>
    public List<string> AcrValues { get; set; } = [];

    /// <summary>Whether a policy asks for it, so that the person cannot go on without.</summary>
    public bool IsDemanded { get; set; }

    public string IdentityProvider { get; set; } = "local";

    /// <summary>The known browser this began in, see <see cref="KnownDevice"/>.</summary>
    public Guid? DeviceId { get; set; }

    /// <summary>The same, when it has tries at codes of its own.</summary>
    public Guid? CountedDeviceId { get; set; }

    /// <summary>The signals of risk that were there when it began (<see cref="RiskFacts"/>, JSON); null when no policy asked for them.</summary>
    public string? Risk { get; set; }

    /// <summary>The session that is being raised; null when one is yet to begin.</summary>
    public Guid? SessionId { get; set; }

    /// <summary>Whether somebody was let in without their own proof, to set a new one: such a login leads to no session before that is done, and is nothing on the pages of others.</summary>
    public RescueKind Rescue { get; set; }

    /// <summary>Who issued the pass, or approved; null for the machine's operator.</summary>
    public Guid? RescuedBy { get; set; }

    /// <summary>Whether the factors there are count as lost: they are not asked for, and end with the new one.</summary>
    public bool ReplacesFactors { get; set; }

    /// <summary>Local address to go on to.</summary>
    public required string ReturnUrl { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>When it led to a session: it does so once.</summary>
    public DateTimeOffset? CompletedAt { get; set; }

    public void BeginIn(KnownDevice? device, RiskFacts? risk = null) => (DeviceId, CountedDeviceId, Risk) = (device?.Id, device?.FactorShownAt is null ? null : device.Id, risk?.ToJson());
}

/// <summary>What let a person in who cannot show what they used to.</summary>
public enum RescueKind
{
    /// <summary>Nothing: an ordinary sign-in.</summary>
    None = 0,

    /// <summary>A temporary pass.</summary>
    Pass = 1,

    /// <summary>The approval of somebody who has checked who it is.</summary>
    Approval = 2,
}

internal static class PendingLoginMapping
{
    public static void AddPendingLogins(this ModelBuilder model) => model.Entity<PendingLogin>(login =>
    {
        login.ToTable("PendingLogins");
        login.Property(l => l.HandleHash).HasMaxLength(43);
        login.Property(l => l.BrowserHash).HasMaxLength(43);
        login.Property(l => l.SecurityStamp).HasMaxLength(100);
        login.Property(l => l.ClientId).HasMaxLength(200);
        login.Property(l => l.IdentityProvider).HasMaxLength(100);
        login.Property(l => l.Risk).HasMaxLength(500);
        login.HasIndex(l => l.HandleHash).IsUnique();
        login.HasIndex(l => l.UserId);
        login.HasIndex(l => l.ExpiresAt);
        login.HasOne(l => l.User).WithMany().HasForeignKey(l => l.UserId).OnDelete(DeleteBehavior.Cascade);
    });
}
