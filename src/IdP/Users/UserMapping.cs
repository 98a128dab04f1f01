using IdP.Credentials.Passkeys;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Users;

internal static class UserMapping
{
    private const string Beginnings = "varchar_pattern_ops";

    public static void AddUsers(this ModelBuilder model, bool isPostgreSql)
    {
        model.Entity<User>(user =>
        {
            user.ToTable("Users");
            user.Ignore(u => u.DisplayName);
            user.Property(u => u.Name).HasMaxLength(200);
            user.Property(u => u.GivenName).HasMaxLength(100);
            user.Property(u => u.FamilyName).HasMaxLength(100);
            user.Property(u => u.Locale).HasMaxLength(35);
            user.Property(u => u.DisabledReason).HasMaxLength(200);
            user.Property(u => u.PasswordHash).HasMaxLength(500);
            user.Property(u => u.PhoneNumber).HasMaxLength(50);
            user.HasIndex(u => u.NormalizedUserName).IsUnique();
            user.HasIndex(u => u.NormalizedEmail);
            user.HasIndex(u => u.Name);
            user.HasIndex(u => u.CreatedAt);
            // Those above sort as people do, and with that PostgreSQL finds no beginnings of words: the console's search has its own.
            if (!isPostgreSql) return;
            user.HasIndex([nameof(User.NormalizedUserName)], "IX_Users_UserNameBegins").HasOperators(Beginnings);
            user.HasIndex([nameof(User.NormalizedEmail)], "IX_Users_EmailBegins").HasOperators(Beginnings);
            user.HasIndex([nameof(User.Name)], "IX_Users_NameBegins").HasOperators(Beginnings);
        });
        model.Entity<Role>().ToTable("Roles");
        model.Entity<IdentityUserRole<Guid>>().ToTable("UserRoles");
        model.Entity<IdentityUserClaim<Guid>>().ToTable("UserClaims");
        // The framework takes these lengths from options that only the running server has; a migration must not depend on who generates it.
        model.Entity<IdentityUserLogin<Guid>>(login =>
        {
            login.ToTable("UserLogins");
            login.Property(l => l.LoginProvider).HasMaxLength(128);
            login.Property(l => l.ProviderKey).HasMaxLength(256);
        });
        model.Entity<IdentityUserToken<Guid>>(token =>
        {
            token.ToTable("UserTokens");
            token.Property(t => t.LoginProvider).HasMaxLength(128);
            token.Property(t => t.Name).HasMaxLength(128);
        });
        model.Entity<IdentityRoleClaim<Guid>>().ToTable("RoleClaims");
        model.Entity<Passkey>(passkey =>
        {
            passkey.ToTable("UserPasskeys");
            passkey.HasKey(p => p.CredentialId);
            passkey.Property(p => p.CredentialId).HasMaxLength(1024);
            passkey.HasIndex(p => p.UserId);
            passkey.OwnsOne(p => p.Data).ToJson();
            passkey.HasOne<User>().WithMany().HasForeignKey(p => p.UserId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
