using IdP.Access;
using IdP.PersonalData;
using Microsoft.EntityFrameworkCore;

namespace IdP.Audit;

/// <summary>Who did what to which object, written in the transaction of the change itself.</summary>
public sealed class AuditEntry : IHoldsPersonalParts
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public DateTimeOffset At { get; set; }

    /// <summary>What happened, such as <c>client.created</c>.</summary>
    public required string Action { get; set; }

    /// <summary>The user who did it; null for the system (start, command line, expiry).</summary>
    public Guid? ActorId { get; set; }

    /// <summary>The door it came through: <c>console</c>, <c>account</c>, <c>account-api</c>, <c>signin</c>, <c>file</c>, <c>command-line</c>, <c>system</c>.</summary>
    public required string Source { get; set; }

    public required string TargetType { get; set; }
    public required string TargetId { get; set; }

    /// <summary>JSON of what changed; never a secret, a password or a hash. In the database null when it is about a person: then it is in <see cref="SealedDetails"/>.</summary>
    public string? Details { get; set; }

    /// <summary>In the database null when a person acted: then it is in <see cref="SealedAddress"/>.</summary>
    public string? RemoteAddress { get; set; }

    public string? TraceId { get; set; }

    /// <summary><see cref="Details"/> under the key of the person it is about.</summary>
    public byte[]? SealedDetails { get; set; }

    /// <summary><see cref="RemoteAddress"/> under the key of the person who acted, or was acted upon by a stranger.</summary>
    public byte[]? SealedAddress { get; set; }

    /// <summary>Its place in the chain, from 1 on; null until it is put there, a moment after it was committed.</summary>
    public long? Number { get; set; }

    /// <summary>See <see cref="AuditChain.Link"/>.</summary>
    public byte[]? ChainHash { get; set; }

    /// <summary>Whose personal values the details are, when it is not plain from the target. Not stored: what is encrypted names its key.</summary>
    public Guid? About { get; set; }

    /// <summary>Whether personal values were there and the key to them is gone. Known of rows that were opened.</summary>
    public bool IsErased { get; private set; }

    public void MarkErased() => IsErased = true;

    internal const string DetailsPurpose = "audit details", AddressPurpose = "audit address";

    public IEnumerable<PersonalPart> PersonalParts()
    {
        var target = About ?? (TargetType == "user" && Guid.TryParse(TargetId, out var id) ? id : null);
        // What administrators do to things stays readable when they are gone; what people do for themselves is theirs.
        var details = target ?? (Source is ActorSources.Account or ActorSources.AccountApi or ActorSources.SignIn ? ActorId : null);
        yield return new(DetailsPurpose, Id, details, PersonalPart.Of(Details), SealedDetails, seal => (Details, SealedDetails) = (null, seal), values => Details = values[0]);
        yield return new(AddressPurpose, Id, ActorId ?? target, PersonalPart.Of(RemoteAddress), SealedAddress, seal => (RemoteAddress, SealedAddress) = (null, seal), values => RemoteAddress = values[0]);
    }
}

internal static class AuditMapping
{
    public static void AddAudit(this ModelBuilder model) => model.Entity<AuditEntry>(entry =>
    {
        entry.ToTable("AuditEntries");
        entry.Ignore(e => e.About);
        entry.Ignore(e => e.IsErased);
        entry.Property(e => e.Action).HasMaxLength(100);
        entry.Property(e => e.Source).HasMaxLength(20);
        entry.Property(e => e.TargetType).HasMaxLength(50);
        entry.Property(e => e.TargetId).HasMaxLength(500); // the longest name there is: of an assertion issuer
        entry.Property(e => e.RemoteAddress).HasMaxLength(45);
        entry.Property(e => e.TraceId).HasMaxLength(64);
        entry.HasIndex(e => e.At);
        entry.HasIndex(e => e.Number).IsUnique();
        // Those that wait, which are few.
        entry.HasIndex(e => e.At, "IX_AuditEntries_Waiting").HasFilter("\"Number\" IS NULL");
        entry.HasIndex(e => new { e.TargetType, e.TargetId, e.At });
        entry.HasIndex(e => new { e.ActorId, e.At });
    });
}
