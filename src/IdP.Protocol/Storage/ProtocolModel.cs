using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Keys;
using IdP.Protocol.Logos;
using IdP.Protocol.Logout;
using IdP.Protocol.Registration;
using IdP.Protocol.Resources;
using IdP.Protocol.Token;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace IdP.Protocol.Storage;

/// <summary>EF Core mapping of the protocol's tables; the product's context calls it in <c>OnModelCreating</c>.</summary>
public static class ProtocolModel
{
    /// <param name="emptyList">How the database writes an empty list of text.</param>
    public static ModelBuilder AddProtocol(this ModelBuilder model, string emptyList)
    {
        model.Entity<Client>(client =>
        {
            client.ToTable("Clients");
            client.HasIndex(c => c.ClientId).IsUnique();
            client.HasIndex(c => c.ClientName);
            client.HasIndex(c => c.ClientId, "IX_Clients_Portal").HasFilter("\"ShowInPortal\"");
            client.Property(c => c.ClientId).HasMaxLength(200);
            client.Property(c => c.ClientName).HasMaxLength(200);
            client.Property(c => c.Description).HasMaxLength(1000);
            client.Property(c => c.ClientUri).HasMaxLength(2000);
            client.Property(c => c.LogoUri).HasMaxLength(2000);
            foreach (var uri in (string[])[nameof(Client.PolicyUri), nameof(Client.TosUri), nameof(Client.InitiateLoginUri), nameof(Client.JwksUri), nameof(Client.FrontChannelLogoutUri), nameof(Client.BackChannelLogoutUri), nameof(Client.SectorIdentifierUri)])
                client.Property(uri).HasMaxLength(2000);
            foreach (var word in (string[])
            [
                nameof(Client.TokenEndpointAuthMethod), nameof(Client.TokenEndpointAuthSigningAlg), nameof(Client.SecurityProfile), nameof(Client.SubjectType),
                nameof(Client.IdTokenEncryptedResponseAlg), nameof(Client.IdTokenEncryptedResponseEnc), nameof(Client.UserInfoSignedResponseAlg), nameof(Client.UserInfoEncryptedResponseAlg), nameof(Client.UserInfoEncryptedResponseEnc),
                nameof(Client.IntrospectionSignedResponseAlg), nameof(Client.IntrospectionEncryptedResponseAlg), nameof(Client.IntrospectionEncryptedResponseEnc),
            ])
                client.Property(word).HasMaxLength(50);
            client.Property(c => c.IdTokenSignedResponseAlg).HasMaxLength(20);
            // For the rows that were there before these columns.
            client.Property(c => c.SubjectType).HasDefaultValue(SubjectTypes.Public);
            client.PrimitiveCollection(c => c.Contacts).HasDefaultValueSql(emptyList);
            client.PrimitiveCollection(c => c.DefaultAcrValues).HasDefaultValueSql(emptyList);
            client.Property(c => c.DeviceCodeLifetime).HasDefaultValue(300);
            client.Property(c => c.FrontChannelLogoutSessionRequired).HasDefaultValue(true);
            client.Property(c => c.BackChannelLogoutSessionRequired).HasDefaultValue(true);
            client.Property(c => c.Jwks).HasMaxLength(20_000);
            client.Property(c => c.SoftwareId).HasMaxLength(200);
            client.Property(c => c.SoftwareVersion).HasMaxLength(200);
            client.Property(c => c.RegistrationAccessTokenHash).HasMaxLength(100);
            client.Property(c => c.Version).IsConcurrencyToken();
            client.Ignore(c => c.IsPublic).Ignore(c => c.NeedsSecret).Ignore(c => c.LogoFingerprint);
            client.HasMany(c => c.ClientSecrets).WithOne().HasForeignKey(s => s.ClientKey).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<ClientSecret>(secret =>
        {
            secret.ToTable("ClientSecrets");
            secret.Property(s => s.Hash).HasMaxLength(300);
            secret.Property(s => s.ProtectedValue).HasMaxLength(2000);
            secret.Property(s => s.Description).HasMaxLength(200);
            secret.Property(s => s.Hint).HasMaxLength(10);
            secret.Property(s => s.Id).ValueGeneratedNever();
        });

        model.Entity<ClientLogo>(logo =>
        {
            logo.ToTable("ClientLogos");
            logo.HasKey(l => l.ClientKey);
            logo.Property(l => l.ClientKey).ValueGeneratedNever();
            logo.Property(l => l.Uri).HasMaxLength(2000);
            logo.Property(l => l.ContentType).HasMaxLength(50);
            logo.Property(l => l.Fingerprint).HasMaxLength(32);
            logo.Property(l => l.LastError).HasMaxLength(300);
            logo.HasOne<Client>().WithOne().HasForeignKey<ClientLogo>(l => l.ClientKey).OnDelete(DeleteBehavior.Cascade);
        });

        model.Entity<IdentityResource>(resource =>
        {
            resource.ToTable("IdentityResources");
            resource.HasIndex(r => r.Name).IsUnique();
            resource.Property(r => r.Name).HasMaxLength(200);
            resource.Property(r => r.DisplayName).HasMaxLength(200);
            resource.Property(r => r.Description).HasMaxLength(1000);
            resource.Property(r => r.Version).IsConcurrencyToken();
        });
        model.Entity<ApiScope>(scope =>
        {
            scope.ToTable("ApiScopes");
            scope.HasIndex(s => s.Name).IsUnique();
            scope.Property(s => s.Name).HasMaxLength(200);
            scope.Property(s => s.DisplayName).HasMaxLength(200);
            scope.Property(s => s.Description).HasMaxLength(1000);
            scope.Property(s => s.Version).IsConcurrencyToken();
        });
        model.Entity<ApiResource>(resource =>
        {
            resource.ToTable("ApiResources");
            resource.HasIndex(r => r.Name).IsUnique();
            resource.Property(r => r.Name).HasMaxLength(200);
            resource.Property(r => r.DisplayName).HasMaxLength(200);
            resource.Property(r => r.Description).HasMaxLength(1000);
            resource.Property(r => r.Jwks).HasMaxLength(20_000);
            resource.Property(r => r.JwksUri).HasMaxLength(2000);
            foreach (var word in (string[])
            [
                nameof(ApiResource.AccessTokenEncryptedResponseAlg), nameof(ApiResource.AccessTokenEncryptedResponseEnc), nameof(ApiResource.IntrospectionSignedResponseAlg),
                nameof(ApiResource.IntrospectionEncryptedResponseAlg), nameof(ApiResource.IntrospectionEncryptedResponseEnc),
            ])
                resource.Property(word).HasMaxLength(50);
            resource.Property(r => r.Version).IsConcurrencyToken();
            resource.HasMany(r => r.ApiSecrets).WithOne().HasForeignKey(s => s.ApiResourceId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<ApiSecret>(secret =>
        {
            secret.ToTable("ApiSecrets");
            secret.Property(s => s.Hash).HasMaxLength(300);
            secret.Property(s => s.Description).HasMaxLength(200);
            secret.Property(s => s.Hint).HasMaxLength(10);
            secret.Property(s => s.Id).ValueGeneratedNever();
        });

        model.Entity<Grant>(grant =>
        {
            grant.ToTable("Grants");
            grant.Property(g => g.Subject).HasMaxLength(100);
            grant.Property(g => g.Status).HasMaxLength(20);
            grant.Property(g => g.Type).HasMaxLength(20);
            grant.Property(g => g.Id).ValueGeneratedNever();
            grant.HasIndex(g => new { g.Subject, g.ClientKey });
            grant.HasIndex(g => new { g.ClientKey, g.SessionId });
            grant.HasIndex(g => g.SessionId);
            grant.HasIndex(g => g.CreatedAt);
        });
        model.Entity<GrantToken>(token =>
        {
            token.ToTable("Tokens");
            token.Property(t => t.Subject).HasMaxLength(100);
            token.Property(t => t.Type).HasMaxLength(100);
            token.Property(t => t.Status).HasMaxLength(20);
            token.Property(t => t.ReferenceId).HasMaxLength(100);
            token.Property(t => t.Successor).HasMaxLength(500);
            token.Property(t => t.Version).IsConcurrencyToken();
            token.Property(t => t.Id).ValueGeneratedNever();
            token.HasIndex(t => t.ReferenceId).IsUnique();
            token.HasIndex(t => t.GrantId);
            token.HasIndex(t => t.ClientKey).HasFilter("\"GrantId\" IS NULL"); // the others of a client are found by their grant
            token.HasIndex(t => t.Subject);
            token.HasIndex(t => t.ExpiresAt);
            token.HasIndex(t => t.ExpiresAt, "IX_Tokens_PushedRequests").HasFilter($"\"Type\" = '{OpenIddictConstants.TokenTypeIdentifiers.Private.RequestToken}'"); // deleted much earlier than the others
            token.HasOne(t => t.Grant).WithMany().HasForeignKey(t => t.GrantId).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<RevokedToken>(token =>
        {
            token.ToTable("RevokedTokens");
            token.HasKey(t => t.TokenId);
            token.Property(t => t.TokenId).HasMaxLength(100);
            token.HasIndex(t => t.ExpiresAt);
        });
        model.Entity<UsedAssertion>(assertion =>
        {
            assertion.ToTable("UsedAssertions");
            assertion.Property(a => a.Id).HasMaxLength(43);
            assertion.HasIndex(a => a.ExpiresAt);
        });
        model.Entity<AssertionIssuer>(issuer =>
        {
            issuer.ToTable("AssertionIssuers");
            issuer.Property(i => i.Issuer).HasMaxLength(500);
            issuer.Property(i => i.Jwks).HasMaxLength(20_000);
            issuer.Property(i => i.JwksUri).HasMaxLength(2000);
            issuer.Property(i => i.Subject).HasMaxLength(20);
            issuer.Property(i => i.Version).IsConcurrencyToken();
            issuer.HasIndex(i => i.Issuer).IsUnique();
        });
        model.Entity<InitialAccessToken>(token =>
        {
            token.ToTable("InitialAccessTokens");
            token.Property(t => t.Hash).HasMaxLength(100);
            token.Property(t => t.Description).HasMaxLength(200);
            token.Property(t => t.Version).IsConcurrencyToken();
            token.HasIndex(t => t.Hash).IsUnique();
        });
        model.Entity<LogoutDelivery>(delivery =>
        {
            delivery.ToTable("LogoutDeliveries");
            delivery.Property(d => d.Subject).HasMaxLength(100);
            delivery.Property(d => d.Status).HasMaxLength(20);
            delivery.Property(d => d.LastError).HasMaxLength(300);
            delivery.Property(d => d.Id).ValueGeneratedNever();
            delivery.HasIndex(d => new { d.Status, d.NextAttemptAt });
            delivery.HasIndex(d => d.SessionId);
            delivery.HasIndex(d => new { d.Subject, d.CreatedAt });
            delivery.HasIndex(d => d.ExpiresAt);
            delivery.HasOne<Client>().WithMany().HasForeignKey(d => d.ClientKey).OnDelete(DeleteBehavior.Cascade);
        });
        model.Entity<SigningKey>(key =>
        {
            key.ToTable("SigningKeys");
            key.Property(k => k.Id).HasMaxLength(64);
            key.Property(k => k.Algorithm).HasMaxLength(20);
            key.HasIndex(k => new { k.Algorithm, k.Generation }).IsUnique();
        });
        return model;
    }
}
