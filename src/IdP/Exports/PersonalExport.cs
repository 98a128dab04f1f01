using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Exports;

public enum ExportState
{
    /// <summary>Being made, or waiting for a node to begin.</summary>
    Running = 0,

    /// <summary>To be downloaded until <see cref="PersonalExport.ExpiresAt"/>.</summary>
    Ready = 1,
}

/// <summary>A copy of everything that is kept about one person, asked for by that person.</summary>
public sealed class PersonalExport
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid UserId { get; set; }
    public User? User { get; set; }
    public ExportState State { get; set; }
    public DateTimeOffset RequestedAt { get; set; }
    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>When it is deleted, ready or not.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>The node that makes it has it until then, and says so again with each part; after that any node goes on.</summary>
    public DateTimeOffset? ClaimedUntil { get; set; }

    /// <summary>The place in the list of tables.</summary>
    public int Table { get; set; }

    /// <summary>The last row of that table that is in it; null at its beginning.</summary>
    public Guid? After { get; set; }

    public int Parts { get; set; }
    public int Rows { get; set; }
}

/// <summary>Some rows of one table, encrypted with the key of the person: a deletion ends it as well.</summary>
public sealed class PersonalExportPart
{
    public Guid ExportId { get; set; }
    public PersonalExport? Export { get; set; }
    public int Number { get; set; }

    /// <summary>The table that the rows are of.</summary>
    public required string Table { get; set; }

    public required byte[] Content { get; set; }
}

internal static class PersonalExportMapping
{
    public static void AddPersonalExports(this ModelBuilder model)
    {
        model.Entity<PersonalExport>(export =>
        {
            export.ToTable("PersonalExports");
            export.HasIndex(e => e.UserId).IsUnique();
            export.HasIndex(e => e.ExpiresAt);
            export.HasIndex(e => e.State).HasFilter("\"State\" = 0");
            export.HasOne(e => e.User).WithMany().HasForeignKey(e => e.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<PersonalExportPart>(part =>
        {
            part.ToTable("PersonalExportParts");
            part.HasKey(p => new { p.ExportId, p.Number });
            part.Property(p => p.Table).HasMaxLength(100);
            part.HasOne(p => p.Export).WithMany().HasForeignKey(p => p.ExportId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
