using Microsoft.EntityFrameworkCore;

namespace IdP.Audit;

/// <summary>Who did what to which object, written in the transaction of the change itself.</summary>
public sealed class AuditEntry
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public DateTimeOffset At { get; set; }

    /// <summary>What happened, such as <c>client.created</c>.</summary>
    public required string Action { get; set; }

    /// <summary>The user who did it; null for the system (start, command line, expiry).</summary>
    public Guid? ActorId { get; set; }

    /// <summary>The door it came through: <c>console</c>, <c>account</c>, <c>signin</c>, <c>file</c>, <c>command-line</c>, <c>system</c>.</summary>
    public required string Source { get; set; }

    public required string TargetType { get; set; }
    public required string TargetId { get; set; }

    /// <summary>JSON of what changed; never a secret, a password or a hash.</summary>
    public string? Details { get; set; }

    public string? RemoteAddress { get; set; }
    public string? TraceId { get; set; }
}

internal static class AuditMapping
{
    public static void AddAudit(this ModelBuilder model) => model.Entity<AuditEntry>(entry =>
    {
        entry.ToTable("AuditEntries");
        entry.Property(e => e.Action).HasMaxLength(100);
        entry.Property(e => e.Source).HasMaxLength(20);
        entry.Property(e => e.TargetType).HasMaxLength(50);
        entry.Property(e => e.TargetId).HasMaxLength(500); // the longest name there is: of an assertion issuer
        entry.Property(e => e.RemoteAddress).HasMaxLength(45);
        entry.Property(e => e.TraceId).HasMaxLength(64);
        entry.HasIndex(e => e.At);
        entry.HasIndex(e => new { e.TargetType, e.TargetId, e.At });
        entry.HasIndex(e => new { e.ActorId, e.At });
    });
}
