using Microsoft.EntityFrameworkCore;

namespace IdP.Erasures;

public enum ErasureState
{
    /// <summary>The account is closed, and everything is still there.</summary>
    Waiting = 0,

    /// <summary>A node deletes, or has stopped in the middle and another goes on.</summary>
    Running = 1,

    Done = 2,
    Cancelled = 3,
}

/// <summary>The deletion of one person, from the wish to the certificate. What stays of it names nobody: the id is a random number that nothing points to any more.</summary>
public sealed class Erasure
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid UserId { get; set; }
    public ErasureState State { get; set; }
    public DateTimeOffset RequestedAt { get; set; }

    /// <summary>The administrator; null when it was the person.</summary>
    public Guid? RequestedBy { get; set; }

    /// <summary>When deleting begins. Until then it can be cancelled.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>Whether the account was open, and is opened again when this is cancelled.</summary>
    public bool WasEnabled { get; set; }

    /// <summary>The node that deletes has it until then, and says so again with each batch; after that any node goes on.</summary>
    public DateTimeOffset? ClaimedUntil { get; set; }

    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>How many rows of which table were deleted or emptied so far, JSON.</summary>
    public string? Counts { get; set; }

    /// <summary>A JWS (RFC 7515) of what was erased when.</summary>
    public string? Certificate { get; set; }
}

internal static class ErasureMapping
{
    public static void AddErasures(this ModelBuilder model) => model.Entity<Erasure>(erasure =>
    {
        erasure.ToTable("Erasures");
        erasure.HasIndex(e => e.UserId).IsUnique().HasFilter("\"State\" IN (0, 1)");
        erasure.HasIndex(e => new { e.State, e.DueAt });
    });
}
