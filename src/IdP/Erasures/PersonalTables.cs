using IdP.Assignments;
using IdP.Audit;
using IdP.Consents;
using IdP.Credentials;
using IdP.Credentials.Passkeys;
using IdP.Credentials.Passwords.History;
using IdP.Data;
using IdP.Exports;
using IdP.Groups;
using IdP.IdentityProviders;
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
using IdP.Protocol.Token;
using IdP.Recovery.Supervised;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Erasures;

/// <summary>Every table of the database and what a deletion does to it, in the order in which it is done. The person's own row and key go last, in <see cref="ErasePerson"/>.</summary>
public sealed class PersonalTables(PersonKeys keys, MailsOfPerson mails)
{
    public IReadOnlyList<PersonalTable> All { get; } =
    [
        PersonalTable.Many<GrantToken, Guid>((db, p) => db.Tokens.Where(t => t.Subject == p.Subject).OrderBy(t => t.Id).Select(t => t.Id), (db, ids) => db.Tokens.Where(t => ids.Contains(t.Id))),
        PersonalTable.Many<Grant, Guid>((db, p) => db.Grants.Where(g => g.Subject == p.Subject).OrderBy(g => g.Id).Select(g => g.Id), (db, ids) => db.Grants.Where(g => ids.Contains(g.Id))),
        PersonalTable.Many<LogoutDelivery, Guid>((db, p) => db.LogoutDeliveries.Where(d => d.Subject == p.Subject).OrderBy(d => d.Id).Select(d => d.Id), (db, ids) => db.LogoutDeliveries.Where(d => ids.Contains(d.Id))),
        PersonalTable.Many<Session, Guid>((db, p) => db.Sessions.Where(s => s.UserId == p.Id).OrderBy(s => s.Id).Select(s => s.Id), (db, ids) => db.Sessions.Where(s => ids.Contains(s.Id))),
        PersonalTable.Many<PendingLogin, Guid>((db, p) => db.PendingLogins.Where(l => l.UserId == p.Id).OrderBy(l => l.Id).Select(l => l.Id), (db, ids) => db.PendingLogins.Where(l => ids.Contains(l.Id))),
        // Also invitations and sign-ups to the address, from before there was an account.
        PersonalTable.Many<OneTimeLink, Guid>((db, p) => db.OneTimeLinks.Where(l => l.UserId == p.Id || (l.Address != null && l.Address == p.NormalizedEmail)).OrderBy(l => l.Id).Select(l => l.Id), (db, ids) => db.OneTimeLinks.Where(l => ids.Contains(l.Id))),
        PersonalTable.Few<PersonalExportPart>((db, p) => db.PersonalExportParts.Where(x => x.Export!.UserId == p.Id)),
        PersonalTable.Few<PersonalExport>((db, p) => db.PersonalExports.Where(e => e.UserId == p.Id)),
        PersonalTable.Few<RecoveryRequest>((db, p) => db.RecoveryRequests.Where(r => r.UserId == p.Id)),
        PersonalTable.Special<OutgoingMail>((db, p, ct) => mails.DeleteAsync(db, p, ct)),
        PersonalTable.Special<MailRequest>((db, p, ct) => mails.DeleteRequestsAsync(db, p, ct)),
        PersonalTable.Few<KnownDevice>((db, p) => db.KnownDevices.Where(d => d.UserId == p.Id)),
        PersonalTable.Few<Consent>((db, p) => db.Consents.Where(c => c.UserId == p.Id)),
        PersonalTable.Few<PersonalToken>((db, p) => db.PersonalTokens.Where(t => t.UserId == p.Id)),
        PersonalTable.Few<Passkey>((db, p) => db.UserPasskeys.Where(k => k.UserId == p.Id)),
        PersonalTable.Few<Credential>((db, p) => db.Credentials.Where(c => c.UserId == p.Id)),
        PersonalTable.Few<FormerPassword>((db, p) => db.FormerPasswords.Where(f => f.UserId == p.Id)),
        PersonalTable.Few<EnrolmentGrace>((db, p) => db.EnrolmentGraces.Where(g => g.UserId == p.Id)),
        PersonalTable.Few<GroupMember>((db, p) => db.GroupMembers.Where(m => m.UserId == p.Id)),
        PersonalTable.Few<AssignedUser>((db, p) => db.AssignedUsers.Where(a => a.UserId == p.Id)),
        PersonalTable.Few<OrganizationMember>((db, p) => db.OrganizationMembers.Where(m => m.UserId == p.Id)),
        PersonalTable.Few<IdentityUserClaim<Guid>>((db, p) => db.UserClaims.Where(c => c.UserId == p.Id)),
        PersonalTable.Few<IdentityUserLogin<Guid>>((db, p) => db.UserLogins.Where(l => l.UserId == p.Id)),
        PersonalTable.Few<IdentityUserRole<Guid>>((db, p) => db.UserRoles.Where(r => r.UserId == p.Id)),
        PersonalTable.Few<IdentityUserToken<Guid>>((db, p) => db.UserTokens.Where(t => t.UserId == p.Id)),
        PersonalTable.Emptied<SignInDecision, Guid>("The row stays for the figures: when, which app, how it ended. Where from and why are under the destroyed key.",
            (db, p) => db.SignInDecisions.Where(d => d.UserId == p.Id && (d.Network != null || d.RemoteAddress != null || d.UserAgent != null || d.Inputs != null || d.Reasons != null)).OrderBy(d => d.Id).Select(d => d.Id),
            (db, ids) => db.SignInDecisions.Where(d => ids.Contains(d.Id)),
            set => set.SetProperty(d => d.Network, (string?)null).SetProperty(d => d.RemoteAddress, (string?)null).SetProperty(d => d.UserAgent, (string?)null).SetProperty(d => d.Inputs, (string?)null).SetProperty(d => d.Reasons, (string?)null)),
        // Keys of what was written before anybody knew that it was this person: invitations to the address, requests to be let in.
        PersonalTable.Special<PersonKey>(async (db, p, ct) =>
        {
            var digests = new[] { p.NormalizedEmail, p.NormalizedUserName }.OfType<string>().Select(keys.DigestOf).ToList();
            var accepted = await db.AuditEntries.Where(e => e.ActorId == p.Id && (e.TargetType == "invitation" || e.TargetType == "recovery")).Select(e => e.TargetId).ToListAsync(ct);
            var ids = accepted.Select(id => Guid.TryParse(id, out var known) ? known : Guid.Empty).ToList();
            return await db.PersonKeys.Where(k => (k.AddressDigest != null && digests.Contains(k.AddressDigest)) || ids.Contains(k.Id)).ExecuteDeleteAsync(ct);
        }),
        PersonalTable.Kept<User>("It goes last, with the key."),
        PersonalTable.Kept<AuditEntry>("The trail is not touched: what is personal in it is under the destroyed key."),
        PersonalTable.Kept<Erasure>("The record of the deletion itself, which names nobody."),

        PersonalTable.OfNobody<AuditChain>(), PersonalTable.OfNobody<AuditCheckpoint>(), PersonalTable.OfNobody<Role>(), PersonalTable.OfNobody<IdentityRoleClaim<Guid>>(), PersonalTable.OfNobody<Group>(), PersonalTable.OfNobody<AssignedGroup>(), PersonalTable.OfNobody<Organization>(),
        PersonalTable.OfNobody<OrganizationDomain>(), PersonalTable.OfNobody<IdentityProvider>(), PersonalTable.OfNobody<IdentityProviderOrganization>(), PersonalTable.OfNobody<SignInPolicy>(), PersonalTable.OfNobody<Client>(), PersonalTable.OfNobody<ClientSecret>(), PersonalTable.OfNobody<ClientLogo>(), PersonalTable.OfNobody<UsedAssertion>(),
        PersonalTable.OfNobody<RevokedToken>(), PersonalTable.OfNobody<SigningKey>(), PersonalTable.OfNobody<InitialAccessToken>(), PersonalTable.OfNobody<ApiResource>(), PersonalTable.OfNobody<ApiScope>(), PersonalTable.OfNobody<ApiSecret>(),
        PersonalTable.OfNobody<IdentityResource>(), PersonalTable.OfNobody<AssertionIssuer>(), PersonalTable.OfNobody<DataProtectionKey>(),
    ];

}
