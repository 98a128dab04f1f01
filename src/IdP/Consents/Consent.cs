using IdP.Protocol.Storage;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Consents;

/// <summary>What a person allowed an app to have, remembered so that it is not asked again.</summary>
public sealed class Consent : IVersioned
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid UserId { get; set; }

    /// <summary>The client's <c>client_id</c>.</summary>
    public required string ClientId { get; set; }

    public List<string> Scopes { get; set; } = [];
    public DateTimeOffset GrantedAt { get; set; }
    public DateTimeOffset? ExpiresAt { get; set; }
    public int Version { get; set; }
}

internal static class ConsentMapping
{
    public static void AddConsents(this ModelBuilder model) => model.Entity<Consent>(consent =>
    {
        consent.ToTable("Consents");
        consent.Property(c => c.ClientId).HasMaxLength(200);
        consent.Property(c => c.Version).IsConcurrencyToken();
        consent.HasIndex(c => new { c.UserId, c.ClientId }).IsUnique();
        consent.HasIndex(c => c.ClientId);
        consent.HasOne<User>().WithMany().HasForeignKey(c => c.UserId).OnDelete(DeleteBehavior.Cascade);
    });
}
