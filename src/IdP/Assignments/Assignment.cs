using IdP.Groups;
using IdP.Protocol.Clients;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Assignments;

/// <summary>A person may use an app that is for assigned people only (<see cref="Client.AssignmentRequired"/>).</summary>
public sealed class AssignedUser
{
    public Guid ClientKey { get; set; }
    public Guid UserId { get; set; }
    public DateTimeOffset AssignedAt { get; set; }
}

/// <summary>Whoever is in the group may use the app.</summary>
public sealed class AssignedGroup
{
    public Guid ClientKey { get; set; }
    public Guid GroupId { get; set; }
    public DateTimeOffset AssignedAt { get; set; }
}

internal static class AssignmentMapping
{
    public static void AddAssignments(this ModelBuilder model)
    {
        // The key begins with what every request asks by; the other side is asked by the console, and when an app or a group is deleted.
        model.Entity<AssignedUser>(assigned =>
        {
            assigned.ToTable("AssignedUsers");
            assigned.HasKey(a => new { a.UserId, a.ClientKey });
            assigned.HasIndex(a => new { a.ClientKey, a.UserId });
            assigned.HasOne<Client>().WithMany().HasForeignKey(a => a.ClientKey).OnDelete(DeleteBehavior.Cascade);
            assigned.HasOne<User>().WithMany().HasForeignKey(a => a.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<AssignedGroup>(assigned =>
        {
            assigned.ToTable("AssignedGroups");
            assigned.HasKey(a => new { a.ClientKey, a.GroupId });
            assigned.HasIndex(a => a.GroupId);
            assigned.HasOne<Client>().WithMany().HasForeignKey(a => a.ClientKey).OnDelete(DeleteBehavior.Cascade);
            assigned.HasOne<Group>().WithMany().HasForeignKey(a => a.GroupId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
