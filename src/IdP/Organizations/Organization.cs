using IdP.Protocol.Changes;
using IdP.Protocol.Storage;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace IdP.Organizations;

/// <summary>A tenant: a company whose people sign in here, with its own domains and admins.</summary>
public sealed class Organization : IVersioned, IKeptInMemory
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>Short unique name, used in configuration files.</summary>
    public required string Name { get; set; }

    public string? DisplayName { get; set; }
    public bool Enabled { get; set; } = true;
    public List<OrganizationDomain> Domains { get; set; } = [];
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When administrators were last told that wrong passwords have used up its budget; null for never.</summary>
    public DateTimeOffset? ThrottledAt { get; set; }

    public int Version { get; set; }
}

/// <summary>An e-mail domain of an organization; it counts only when ownership is proved.</summary>
public sealed class OrganizationDomain
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid OrganizationId { get; set; }

    /// <summary>Lower-case domain name.</summary>
    public required string Name { get; set; }

    public DateTimeOffset? VerifiedAt { get; set; }
}

/// <summary>A person's membership in an organization, with the roles held there.</summary>
public sealed class OrganizationMember
{
    public Guid OrganizationId { get; set; }
    public Guid UserId { get; set; }
    public List<string> Roles { get; set; } = [];
    public DateTimeOffset JoinedAt { get; set; }
}

internal static class OrganizationMapping
{
    public static void AddOrganizations(this ModelBuilder model)
    {
        model.Entity<Organization>(organization =>
        {
            organization.ToTable("Organizations");
            organization.Property(o => o.Name).HasMaxLength(100);
            organization.Property(o => o.DisplayName).HasMaxLength(200);
            organization.Property(o => o.Version).IsConcurrencyToken();
            // Set by a statement of its own, so that an administrator's change does not write back an older one.
            organization.Property(o => o.ThrottledAt).Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);
            organization.HasIndex(o => o.ThrottledAt);
            organization.HasIndex(o => o.Name).IsUnique();
            organization.HasMany(o => o.Domains).WithOne().HasForeignKey(d => d.OrganizationId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<OrganizationDomain>(domain =>
        {
            domain.ToTable("OrganizationDomains");
            domain.Property(d => d.Id).ValueGeneratedNever();
            domain.Property(d => d.Name).HasMaxLength(253);
            domain.HasIndex(d => d.Name);
        });
        model.Entity<OrganizationMember>(member =>
        {
            member.ToTable("OrganizationMembers");
            member.HasKey(m => new { m.UserId, m.OrganizationId });
            member.HasOne<Organization>().WithMany().HasForeignKey(m => m.OrganizationId).OnDelete(DeleteBehavior.Cascade);
            member.HasOne<User>().WithMany().HasForeignKey(m => m.UserId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
