using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.PersonalTokens;

/// <summary>An access token that a person made for their scripts. Its value is shown once; here is its hash, and since it is random, a fast one is enough.</summary>
public sealed class PersonalToken
{
    /// <summary>How long one that has ended is still shown.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid UserId { get; set; }

    /// <summary>What its person calls it.</summary>
    public required string Name { get; set; }

    /// <summary>SHA-256 of the value, base64url.</summary>
    public required string ValueHash { get; set; }

    public List<string> Scopes { get; set; } = [];
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it ends; of one that was taken back, when that was.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>To the minute.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }

    /// <summary>The form it was made by: sent again, it makes no second one. Null where there was none.</summary>
    public Guid? RequestId { get; set; }

    public PersonalTokenState StateAt(DateTimeOffset now) => RevokedAt is not null ? PersonalTokenState.Revoked : ExpiresAt <= now ? PersonalTokenState.Expired : PersonalTokenState.Active;
}

public enum PersonalTokenState
{
    Active = 0,
    Expired = 1,
    Revoked = 2,
}

internal static class PersonalTokenMapping
{
    public static void AddPersonalTokens(this ModelBuilder model) => model.Entity<PersonalToken>(token =>
    {
        token.ToTable("PersonalTokens");
        token.Property(t => t.Name).HasMaxLength(100);
        token.Property(t => t.ValueHash).HasMaxLength(43);
        token.HasIndex(t => t.ValueHash).IsUnique();
        token.HasIndex(t => new { t.UserId, t.RequestId }).IsUnique();
        token.HasIndex(t => t.ExpiresAt);
        token.HasOne<User>().WithMany().HasForeignKey(t => t.UserId).OnDelete(DeleteBehavior.Cascade);
    });
}
