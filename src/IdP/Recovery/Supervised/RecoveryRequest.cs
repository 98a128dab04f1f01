using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Recovery.Supervised;

public enum RecoveryState
{
    Waiting = 0,
    Approved = 1,
    Refused = 2,

    /// <summary>By its owner, with the link of the notice, or because the account was closed.</summary>
    Stopped = 3,

    /// <summary>The browser has gone on with the approval.</summary>
    Used = 4,
}

/// <summary>Somebody who has nothing left to sign in with asks to be let in by a person who knows them. It belongs to the browser that asked.</summary>
public sealed class RecoveryRequest
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>What the person tells whoever helps; it finds the request and opens nothing.</summary>
    public required string Number { get; set; }

    /// <summary>SHA-256 of the handle in the address of the page that waits.</summary>
    public required string HandleHash { get; set; }

    /// <summary>SHA-256 of the browser's cookie.</summary>
    public required string BrowserHash { get; set; }

    /// <summary>The name that was typed, sealed.</summary>
    public required string ProtectedName { get; set; }

    /// <summary>Whoever has this name; null for nobody, and until it was looked up.</summary>
    public Guid? UserId { get; set; }

    public User? User { get; set; }

    /// <summary>Local address to go on to.</summary>
    public string ReturnUrl { get; set; } = "";

    /// <summary>The app the person is on the way to.</summary>
    public string? ClientId { get; set; }

    public string? RemoteAddress { get; set; }
    public string? UserAgent { get; set; }
    public RecoveryState State { get; set; }

    /// <summary>Who approved or refused.</summary>
    public Guid? DecidedBy { get; set; }

    public DateTimeOffset? DecidedAt { get; set; }
    public string? Reason { get; set; }

    /// <summary><see cref="User.SecurityStamp"/> at the approval: a password or factor that was changed since ends it.</summary>
    public string? SecurityStamp { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it is over: unanswered, or approved and not gone on with.</summary>
    public DateTimeOffset ExpiresAt { get; set; }
}

internal static class RecoveryRequestMapping
{
    public static void AddRecoveryRequests(this ModelBuilder model) => model.Entity<RecoveryRequest>(request =>
    {
        request.ToTable("RecoveryRequests");
        request.Property(r => r.Number).HasMaxLength(8);
        request.Property(r => r.HandleHash).HasMaxLength(43);
        request.Property(r => r.BrowserHash).HasMaxLength(43);
        request.Property(r => r.ClientId).HasMaxLength(200);
        request.Property(r => r.RemoteAddress).HasMaxLength(45);
        request.Property(r => r.UserAgent).HasMaxLength(300);
        request.Property(r => r.Reason).HasMaxLength(200);
        request.Property(r => r.SecurityStamp).HasMaxLength(100);
        request.HasIndex(r => r.Number).IsUnique();
        request.HasIndex(r => r.HandleHash).IsUnique();
        request.HasIndex(r => new { r.UserId, r.CreatedAt });
        request.HasIndex(r => r.ExpiresAt);
        request.HasOne(r => r.User).WithMany().HasForeignKey(r => r.UserId).OnDelete(DeleteBehavior.Cascade);
    });
}
