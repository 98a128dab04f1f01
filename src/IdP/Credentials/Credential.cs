using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Credentials;

/// <summary>A way to prove who one is, beside the password (on the user) and passkeys (Identity's own table): authenticator app, recovery codes.</summary>
public sealed class Credential
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public Guid UserId { get; set; }

    /// <summary>What it is, see <see cref="CredentialKinds"/>.</summary>
    public required string Kind { get; set; }

    public string? Name { get; set; }

    /// <summary>Secret material: encrypted by data protection when it must be read again, hashed when not.</summary>
    public required string ProtectedData { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? LastUsedAt { get; set; }

    /// <summary>Of an authenticator app: the time step of the last code that was taken (RFC 6238 5.2).</summary>
    public long? LastStep { get; set; }
}

public static class CredentialKinds
{
    public const string AuthenticatorApp = "totp";
    public const string RecoveryCode = "recovery_code";

    /// <summary>Kept in Identity's table of passkeys, not in this one.</summary>
    public const string Passkey = "passkey";
}

internal static class CredentialMapping
{
    public static void AddCredentials(this ModelBuilder model) => model.Entity<Credential>(credential =>
    {
        credential.ToTable("Credentials");
        credential.Property(c => c.Kind).HasMaxLength(30);
        credential.Property(c => c.Name).HasMaxLength(100);
        credential.HasIndex(c => new { c.UserId, c.Kind });
        credential.HasOne<User>().WithMany().HasForeignKey(c => c.UserId).OnDelete(DeleteBehavior.Cascade);
    });
}
