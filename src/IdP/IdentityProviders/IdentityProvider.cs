using IdP.Organizations;
using IdP.Protocol.Changes;
using IdP.Protocol.Clients;
using IdP.Protocol.Storage;
using Microsoft.EntityFrameworkCore;

namespace IdP.IdentityProviders;

/// <summary>Another provider whose word about a person is taken: a customer's, a partner's. Added and changed while the server runs.</summary>
public sealed class IdentityProvider : IVersioned, IKeptInMemory
{
    public const int MaxName = 50;

    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>Short unique name, used in addresses, sessions and configuration files.</summary>
    public required string Name { get; set; }

    /// <summary>What <see cref="LinkKey"/> is made of: another one with each issuer, because subjects are one issuer's.</summary>
    public Guid LinkId { get; set; } = Guid.NewGuid();

    public IdentityProviderType Type { get; set; }
    public string DisplayName { get; set; } = "";
    public bool Enabled { get; set; } = true;

    /// <summary>Its issuer, character by character as it writes it.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>How this provider is registered there.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The client secret, encrypted (<see cref="ProviderSecrets"/>).</summary>
    public string? ProtectedSecret { get; set; }

    public string TokenEndpointAuthMethod { get; set; } = ClientAuthenticationMethods.ClientSecretBasic;
    public string TokenEndpointAuthSigningAlg { get; set; } = SigningAlgorithms.ES256;

    /// <summary>The private key of <c>private_key_jwt</c>, encrypted; null with other methods.</summary>
    public string? ProtectedKey { get; set; }

    public string? KeyId { get; set; }
    public List<string> Scopes { get; set; } = [];
    public List<string> AcrValues { get; set; } = [];

    /// <summary>Whether requests are sent ahead (RFC 9126) where the provider offers it.</summary>
    public bool UsePushedAuthorization { get; set; } = true;

    /// <summary>Whether somebody unknown with a verified address gets an account at the first sign-in.</summary>
    public bool AllowNewUsers { get; set; } = true;

    public string NameClaim { get; set; } = "name";
    public string GivenNameClaim { get; set; } = "given_name";
    public string FamilyNameClaim { get; set; } = "family_name";
    public string EmailClaim { get; set; } = "email";
    public string EmailVerifiedClaim { get; set; } = "email_verified";
    public EmailTrust EmailTrust { get; set; }

    /// <summary>The domains it speaks for when it belongs to no organization; <c>*</c> for every one.</summary>
    public List<string> AllowedDomains { get; set; } = [];

    /// <summary>Whether the sign-in page offers it to everybody.</summary>
    public bool ShowOnSignInPage { get; set; }

    /// <summary>Whether the sign-in pages offer people of its organizations' domains nothing else.</summary>
    public bool OnlyWay { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
    public int Version { get; set; }

    /// <summary>
    /// Names the provider in links to accounts (<c>UserLogins.LoginProvider</c>). It is never used again: a provider that is made later under the same name, or has another issuer from now on,
    /// opens no account that was linked before.
    /// </summary>
    public string LinkKey => KeyPrefix + LinkId.ToString("N");

    public const string KeyPrefix = "idp-";
}

/// <summary>What a provider speaks.</summary>
public enum IdentityProviderType
{
    /// <summary>OpenID Connect.</summary>
    Oidc = 0,
}

/// <summary>When an address that a provider sends counts as verified. The domain must be one it speaks for in any case.</summary>
public enum EmailTrust
{
    /// <summary>When it says so by a JSON <c>true</c>.</summary>
    Claim = 0,

    /// <summary>Always: for providers that never say so, and give addresses to their own people only.</summary>
    Always = 1,

    /// <summary>Never: accounts are made by other means, and connected by their owners.</summary>
    Never = 2,
}

/// <summary>A provider speaks for the people of an organization.</summary>
public sealed class IdentityProviderOrganization
{
    public Guid ProviderId { get; set; }
    public Guid OrganizationId { get; set; }
}

internal static class IdentityProviderMapping
{
    public static void AddIdentityProviders(this ModelBuilder model)
    {
        model.Entity<IdentityProvider>(provider =>
        {
            provider.ToTable("IdentityProviders");
            provider.Ignore(p => p.LinkKey);
            provider.Property(p => p.Name).HasMaxLength(IdentityProvider.MaxName);
            provider.Property(p => p.DisplayName).HasMaxLength(100);
            provider.Property(p => p.Issuer).HasMaxLength(500);
            provider.Property(p => p.ClientId).HasMaxLength(255);
            provider.Property(p => p.ProtectedSecret).HasMaxLength(8000);
            provider.Property(p => p.ProtectedKey).HasMaxLength(8000);
            provider.Property(p => p.KeyId).HasMaxLength(50);
            provider.Property(p => p.TokenEndpointAuthMethod).HasMaxLength(50);
            provider.Property(p => p.TokenEndpointAuthSigningAlg).HasMaxLength(10);
            provider.Property(p => p.NameClaim).HasMaxLength(100);
            provider.Property(p => p.GivenNameClaim).HasMaxLength(100);
            provider.Property(p => p.FamilyNameClaim).HasMaxLength(100);
            provider.Property(p => p.EmailClaim).HasMaxLength(100);
            provider.Property(p => p.EmailVerifiedClaim).HasMaxLength(100);
            provider.Property(p => p.Version).IsConcurrencyToken();
            provider.HasIndex(p => p.Name).IsUnique();
            provider.HasIndex(p => p.LinkId).IsUnique();
            provider.HasIndex(p => new { p.ShowOnSignInPage, p.DisplayName });
        });
        model.Entity<IdentityProviderOrganization>(link =>
        {
            link.ToTable("IdentityProviderOrganizations");
            link.HasKey(l => new { l.ProviderId, l.OrganizationId });
            link.HasIndex(l => l.OrganizationId);
            link.HasOne<IdentityProvider>().WithMany().HasForeignKey(l => l.ProviderId).OnDelete(DeleteBehavior.Cascade);
            link.HasOne<Organization>().WithMany().HasForeignKey(l => l.OrganizationId).OnDelete(DeleteBehavior.Cascade);
        });
    }
}
