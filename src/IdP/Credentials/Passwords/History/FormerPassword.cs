using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Credentials.Passwords.History;

/// <summary>The hash of a password that a person had, kept so that it is not chosen again.</summary>
public sealed class FormerPassword
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid UserId { get; set; }

    /// <summary>In whichever format it was, imported ones too.</summary>
    public required string PasswordHash { get; set; }

    public DateTimeOffset ReplacedAt { get; set; }
}

internal static class FormerPasswordMapping
{
    public static void AddFormerPasswords(this ModelBuilder model) => model.Entity<FormerPassword>(former =>
    {
        former.ToTable("FormerPasswords");
        former.Property(f => f.PasswordHash).HasMaxLength(500);
        former.HasIndex(f => new { f.UserId, f.ReplacedAt });
        former.HasOne<User>().WithMany().HasForeignKey(f => f.UserId).OnDelete(DeleteBehavior.Cascade);
    });
}
