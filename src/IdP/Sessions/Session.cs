using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Sessions;

/// <summary>A signed-in browser, kept on the server: the cookie holds only a random handle, the row its hash.</summary>
public sealed class Session
{
    /// <summary>The <c>sid</c> claim.</summary>
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>SHA-256 of the handle in the cookie, base64url.</summary>
    public required string HandleHash { get; set; }

    public Guid UserId { get; set; }
    public User? User { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When the person last proved who they are: the <c>auth_time</c> claim.</summary>
    public DateTimeOffset AuthenticatedAt { get; set; }

    public DateTimeOffset LastSeenAt { get; set; }

    /// <summary>Absolute end, whatever the use.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Authentication methods used (RFC 8176 values), the <c>amr</c> claim.</summary>
    public List<string> AuthenticationMethods { get; set; } = [];

    /// <summary>Name of the upstream provider, or <c>local</c>.</summary>
    public string IdentityProvider { get; set; } = "local";

    /// <summary>When the person was last asked for a further factor that an app wished for: a wish is put once for each request.</summary>
    public DateTimeOffset? StepUpAskedAt { get; set; }

    public string? RemoteAddress { get; set; }
    public string? UserAgent { get; set; }
}

/// <summary>A browser this person has signed in from before: strangers' wrong passwords cannot lock it out.</summary>
public sealed class KnownDevice
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid UserId { get; set; }

    /// <summary>SHA-256 of the handle in the device cookie, base64url.</summary>
    public required string HandleHash { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset LastSeenAt { get; set; }

    /// <summary>Wrong passwords from this device since its last success.</summary>
    public int FailedCount { get; set; }

    public DateTimeOffset? LockedUntil { get; set; }

    /// <summary>When the person last showed a second factor in it; only such a browser has tries at codes of its own, because a password alone makes any number of known browsers.</summary>
    public DateTimeOffset? FactorShownAt { get; set; }

    /// <summary>Wrong second factors from this device since its last success.</summary>
    public int FactorFailedCount { get; set; }

    public DateTimeOffset? FactorLockedUntil { get; set; }

    /// <summary>Until when this browser is not asked for a second factor: the person chose so after showing one in it.</summary>
    public DateTimeOffset? RememberedUntil { get; set; }

    public string? UserAgent { get; set; }
}

internal static class SessionMapping
{
    public static void AddSessions(this ModelBuilder model)
    {
        model.Entity<Session>(session =>
        {
            session.ToTable("Sessions");
            session.Property(s => s.HandleHash).HasMaxLength(43);
            session.Property(s => s.IdentityProvider).HasMaxLength(100);
            session.Property(s => s.RemoteAddress).HasMaxLength(45);
            session.Property(s => s.UserAgent).HasMaxLength(300);
            session.HasIndex(s => s.HandleHash).IsUnique();
            session.HasIndex(s => s.UserId);
            // Open ones, newest first: of a person, and among all. Not by their last use, which changes with every minute.
            session.HasIndex(s => new { s.UserId, s.Id }, "IX_Sessions_Open").HasFilter("\"EndedAt\" IS NULL");
            session.HasIndex(s => s.ExpiresAt);
            session.HasOne(s => s.User).WithMany().HasForeignKey(s => s.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<KnownDevice>(device =>
        {
            device.ToTable("KnownDevices");
            device.Property(d => d.HandleHash).HasMaxLength(43);
            device.Property(d => d.UserAgent).HasMaxLength(300);
            device.HasIndex(d => new { d.UserId, d.HandleHash }).IsUnique();
            device.HasOne<User>().WithMany().HasForeignKey(d => d.UserId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
