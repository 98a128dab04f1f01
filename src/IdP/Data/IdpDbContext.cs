using IdP.Assignments;
using IdP.Audit;
using IdP.Consents;
using IdP.Credentials;
using IdP.Credentials.Passkeys;
using IdP.Credentials.Passwords.History;
using IdP.Erasures;
using IdP.Exports;
using IdP.Groups;
using IdP.IdentityProviders;
using IdP.Keys;
using IdP.Links;
using IdP.Mail;
using IdP.Organizations;
using IdP.PersonalData;
using IdP.PersonalTokens;
using IdP.Policies;
using IdP.Protocol.Clients;
using IdP.Protocol.Grants;
using IdP.Protocol.Keys;
using IdP.Protocol.Logos;
using IdP.Protocol.Logout;
using IdP.Protocol.Registration;
using IdP.Protocol.Resources;
using IdP.Protocol.Storage;
using IdP.Protocol.Token;
using IdP.Recovery.Supervised;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace IdP.Data;

/// <summary>The one model of both databases. Each capability maps its own tables; this file only lists them.</summary>
public sealed class IdpDbContext(DbContextOptions<IdpDbContext> options)
    : IdentityDbContext<User, Role, Guid, IdentityUserClaim<Guid>, IdentityUserRole<Guid>, IdentityUserLogin<Guid>, IdentityRoleClaim<Guid>, IdentityUserToken<Guid>, Passkey>(options), IDataProtectionKeyContext
{
    public DbSet<Client> Clients => Set<Client>();
    public DbSet<ClientLogo> ClientLogos => Set<ClientLogo>();
    public DbSet<IdentityResource> IdentityResources => Set<IdentityResource>();
    public DbSet<ApiScope> ApiScopes => Set<ApiScope>();
    public DbSet<ApiResource> ApiResources => Set<ApiResource>();
    public DbSet<Grant> Grants => Set<Grant>();
    public DbSet<GrantToken> Tokens => Set<GrantToken>();
    public DbSet<RevokedToken> RevokedTokens => Set<RevokedToken>();
    public DbSet<UsedAssertion> UsedAssertions => Set<UsedAssertion>();
    public DbSet<AssertionIssuer> AssertionIssuers => Set<AssertionIssuer>();
    public DbSet<InitialAccessToken> InitialAccessTokens => Set<InitialAccessToken>();
    public DbSet<LogoutDelivery> LogoutDeliveries => Set<LogoutDelivery>();
    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();
    public DbSet<Session> Sessions => Set<Session>();
    public DbSet<KnownDevice> KnownDevices => Set<KnownDevice>();
    public DbSet<Consent> Consents => Set<Consent>();
    public DbSet<FormerPassword> FormerPasswords => Set<FormerPassword>();
    public DbSet<Credential> Credentials => Set<Credential>();
    public DbSet<Group> Groups => Set<Group>();
    public DbSet<GroupMember> GroupMembers => Set<GroupMember>();
    public DbSet<AssignedUser> AssignedUsers => Set<AssignedUser>();
    public DbSet<AssignedGroup> AssignedGroups => Set<AssignedGroup>();
    public DbSet<Organization> Organizations => Set<Organization>();
    public DbSet<OrganizationMember> OrganizationMembers => Set<OrganizationMember>();
    public DbSet<IdentityProvider> IdentityProviders => Set<IdentityProvider>();
    public DbSet<IdentityProviderOrganization> IdentityProviderOrganizations => Set<IdentityProviderOrganization>();
    public DbSet<PendingLogin> PendingLogins => Set<PendingLogin>();
    public DbSet<OneTimeLink> OneTimeLinks => Set<OneTimeLink>();
    public DbSet<RecoveryRequest> RecoveryRequests => Set<RecoveryRequest>();
    public DbSet<OutgoingMail> OutgoingMails => Set<OutgoingMail>();
    public DbSet<MailRequest> MailRequests => Set<MailRequest>();
    public DbSet<SignInPolicy> SignInPolicies => Set<SignInPolicy>();
    public DbSet<EnrolmentGrace> EnrolmentGraces => Set<EnrolmentGrace>();
    public DbSet<SignInDecision> SignInDecisions => Set<SignInDecision>();
    public DbSet<PersonKey> PersonKeys => Set<PersonKey>();
    public DbSet<PersonalExport> PersonalExports => Set<PersonalExport>();
    public DbSet<PersonalExportPart> PersonalExportParts => Set<PersonalExportPart>();
    public DbSet<PersonalToken> PersonalTokens => Set<PersonalToken>();
    public DbSet<Erasure> Erasures => Set<Erasure>();
    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();
    public DbSet<AuditChain> AuditChains => Set<AuditChain>();
    public DbSet<AuditCheckpoint> AuditCheckpoints => Set<AuditCheckpoint>();
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    protected override Version SchemaVersion => IdentitySchemaVersions.Version3;

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.AddProtocol(emptyList: Database.IsSqlite() ? "'[]'" : "'{}'");
        builder.AddUsers(isPostgreSql: Database.IsNpgsql());
        builder.AddGroups();
        builder.AddOrganizations();
        builder.AddIdentityProviders();
        builder.AddAssignments();
        builder.AddCredentials();
        builder.AddFormerPasswords();
        builder.AddSessions();
        builder.AddConsents();
        builder.AddPendingLogins();
        builder.AddOneTimeLinks();
        builder.AddRecoveryRequests();
        builder.AddMail();
        builder.AddMailRequests();
        builder.AddSignInPolicies();
        builder.AddEnrolmentGraces();
        builder.AddSignInDecisions();
        builder.AddPersonKeys();
        builder.AddErasures();
        builder.AddPersonalExports();
        builder.AddPersonalTokens();
        builder.AddAudit();
        builder.AddAuditChain();
        builder.AddKeyRing();
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        if (Database.IsSqlite())
            configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTextConverter>();
        else
            configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcConverter>();
    }

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        RaiseVersions();
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        RaiseVersions();
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    private void RaiseVersions()
    {
        foreach (var entry in ChangeTracker.Entries<IVersioned>())
            if (entry.State == EntityState.Modified)
                entry.Entity.Version++;
    }
}
