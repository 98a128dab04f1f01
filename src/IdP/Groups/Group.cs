using IdP.Protocol.Storage;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Groups;

/// <summary>A named set of people.</summary>
public sealed class Group : IVersioned
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public required string Name { get; set; }
    public string? Description { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public int Version { get; set; }
}

public sealed class GroupMember
{
    public Guid GroupId { get; set; }
    public Guid UserId { get; set; }
}

internal static class GroupMapping
{
    public static void AddGroups(this ModelBuilder model)
    {
        model.Entity<Group>(group =>
        {
            group.ToTable("Groups");
            group.Property(g => g.Name).HasMaxLength(200);
            group.Property(g => g.Description).HasMaxLength(1000);
            group.Property(g => g.Version).IsConcurrencyToken();
            group.HasIndex(g => g.Name).IsUnique();
        });
        model.Entity<GroupMember>(member =>
        {
            member.ToTable("GroupMembers");
            member.HasKey(m => new { m.UserId, m.GroupId });
            member.HasOne<Group>().WithMany().HasForeignKey(m => m.GroupId).OnDelete(DeleteBehavior.Cascade);
            member.HasOne<User>().WithMany().HasForeignKey(m => m.UserId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
