using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Policies;

/// <summary>
/// When a policy with a grace period met somebody for the first time who lacks the factor it asks for. Kept by person and policy, so that neither another browser nor another node begins it anew; a
/// policy that is changed keeps it, one that is made again is another.
/// </summary>
public sealed class EnrolmentGrace
{
    public Guid UserId { get; set; }
    public Guid PolicyId { get; set; }
    public DateTimeOffset StartedAt { get; set; }
}

internal static class EnrolmentGraceMapping
{
    public static void AddEnrolmentGraces(this ModelBuilder model) => model.Entity<EnrolmentGrace>(grace =>
    {
        grace.ToTable("EnrolmentGraces");
        grace.HasKey(g => new { g.UserId, g.PolicyId });
        grace.HasIndex(g => new { g.PolicyId, g.StartedAt });
        grace.HasOne<User>().WithMany().HasForeignKey(g => g.UserId).OnDelete(DeleteBehavior.Cascade);
        grace.HasOne<SignInPolicy>().WithMany().HasForeignKey(g => g.PolicyId).OnDelete(DeleteBehavior.Cascade);
    });
}
