using IdP.Assignments;
using IdP.Audit;
using IdP.Consents;
using IdP.Credentials;
using IdP.Credentials.Passkeys;
using IdP.Credentials.Passwords.History;
using IdP.Data;
using IdP.Erasures;
using IdP.Groups;
using IdP.Links;
using IdP.Organizations;
using IdP.PersonalData;
using IdP.PersonalTokens;
using IdP.Policies;
using IdP.Protocol.Grants;
using IdP.Protocol.Logout;
using IdP.Recovery.Supervised;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Exports;

/// <summary>What a copy of a person's data has, in its order. Groups, roles and organizations come with their names.</summary>
public sealed class ExportedTables(PersonKeys keys)
{
    public IReadOnlyList<ExportedTable> All { get; } =
    [
        ExportedTable.Few<User>((db, p) => db.Users.Where(u => u.Id == p.Id), "PasswordHash", "SecurityStamp", "ConcurrencyStamp"),
        ExportedTable.Few<IdentityUserClaim<Guid>>((db, p) => db.UserClaims.Where(c => c.UserId == p.Id).OrderBy(c => c.Id)),
        ExportedTable.Few<IdentityUserLogin<Guid>>((db, p) => db.UserLogins.Where(l => l.UserId == p.Id).OrderBy(l => l.LoginProvider).ThenBy(l => l.ProviderKey)),
        ExportedTable.Few<IdentityUserToken<Guid>>((db, p) => db.UserTokens.Where(t => t.UserId == p.Id).OrderBy(t => t.LoginProvider).ThenBy(t => t.Name), "Value"),
        ExportedTable.Few<IdentityUserRole<Guid>>((db, p) => db.UserRoles.Where(r => r.UserId == p.Id).OrderBy(r => r.RoleId)),
        ExportedTable.Few<Role>((db, p) => db.Roles.Where(r => db.UserRoles.Any(u => u.UserId == p.Id && u.RoleId == r.Id)).OrderBy(r => r.Id), "ConcurrencyStamp"),
        ExportedTable.Few<GroupMember>((db, p) => db.GroupMembers.Where(m => m.UserId == p.Id).OrderBy(m => m.GroupId)),
        ExportedTable.Few<Group>((db, p) => db.Groups.Where(g => db.GroupMembers.Any(m => m.UserId == p.Id && m.GroupId == g.Id)).OrderBy(g => g.Id), "Version"),
        ExportedTable.Few<AssignedUser>((db, p) => db.AssignedUsers.Where(a => a.UserId == p.Id).OrderBy(a => a.ClientKey)),
        ExportedTable.Few<OrganizationMember>((db, p) => db.OrganizationMembers.Where(m => m.UserId == p.Id).OrderBy(m => m.OrganizationId)),
        ExportedTable.Few<Organization>((db, p) => db.Organizations.Where(o => db.OrganizationMembers.Any(m => m.UserId == p.Id && m.OrganizationId == o.Id)).OrderBy(o => o.Id), "Version", "ThrottledAt"),
        ExportedTable.Few<Passkey>((db, p) => db.UserPasskeys.Where(k => k.UserId == p.Id).OrderBy(k => k.CredentialId)),
        ExportedTable.Few<Credential>((db, p) => db.Credentials.Where(c => c.UserId == p.Id).OrderBy(c => c.Id), "ProtectedData", "LastStep"),
        ExportedTable.Few<FormerPassword>((db, p) => db.FormerPasswords.Where(f => f.UserId == p.Id).OrderBy(f => f.Id), "PasswordHash"),
        ExportedTable.Few<PersonalToken>((db, p) => db.PersonalTokens.Where(t => t.UserId == p.Id).OrderBy(t => t.Id), "ValueHash", "RequestId"),
        ExportedTable.Few<Consent>((db, p) => db.Consents.Where(c => c.UserId == p.Id).OrderBy(c => c.Id), "Version"),
        ExportedTable.Few<EnrolmentGrace>((db, p) => db.EnrolmentGraces.Where(g => g.UserId == p.Id).OrderBy(g => g.PolicyId)),
        ExportedTable.Few<KnownDevice>((db, p) => db.KnownDevices.Where(d => d.UserId == p.Id).OrderBy(d => d.Id), "HandleHash"),
        ExportedTable.Few<RecoveryRequest>((db, p) => db.RecoveryRequests.Where(r => r.UserId == p.Id).OrderBy(r => r.Id), "HandleHash", "BrowserHash", "Number", "ProtectedName", "SecurityStamp", "DecidedBy"),
        ExportedTable.Few<PersonalExport>((db, p) => db.PersonalExports.Where(e => e.UserId == p.Id)),
        ExportedTable.Few<Erasure>((db, p) => db.Erasures.Where(e => e.UserId == p.Id).OrderBy(e => e.Id), "RequestedBy"),
        ExportedTable.Many<Session>((db, p, after) => db.Sessions.Where(s => s.UserId == p.Id && s.Id.CompareTo(after) > 0).OrderBy(s => s.Id), "HandleHash"),
        ExportedTable.Many<PendingLogin>((db, p, after) => db.PendingLogins.Where(l => l.UserId == p.Id && l.Id.CompareTo(after) > 0).OrderBy(l => l.Id), "HandleHash", "BrowserHash", "SecurityStamp", "RescuedBy"),
        ExportedTable.Many<OneTimeLink>((db, p, after) => db.OneTimeLinks.Where(l => (l.UserId == p.Id || (l.Address != null && l.Address == p.NormalizedEmail)) && l.Id.CompareTo(after) > 0).OrderBy(l => l.Id), "TokenHash", "CodeHash", "HandleHash", "BrowserHash", "SecurityStamp", "Data"),
        ExportedTable.Many<Grant>((db, p, after) => db.Grants.Where(g => g.Subject == p.Subject && g.Id.CompareTo(after) > 0).OrderBy(g => g.Id)),
        ExportedTable.Many<GrantToken>((db, p, after) => db.Tokens.Where(t => t.Subject == p.Subject && t.Id.CompareTo(after) > 0).OrderBy(t => t.Id), "Payload", "ReferenceId", "Successor", "Version"),
        ExportedTable.Many<LogoutDelivery>((db, p, after) => db.LogoutDeliveries.Where(d => d.Subject == p.Subject && d.Id.CompareTo(after) > 0).OrderBy(d => d.Id)),
        ExportedTable.Sealed<SignInDecision>(keys, (db, p, after) => db.SignInDecisions.Where(d => d.UserId == p.Id && d.Id.CompareTo(after) > 0).OrderBy(d => d.Id), "SealedPlace", "SealedInputs"),
        // What others did to the person is without the others: who they are and where they were is theirs.
        ExportedTable.Sealed<AuditEntry>(keys, (db, p, after) => db.AuditEntries.Where(e => (e.ActorId == p.Id || (e.TargetType == "user" && e.TargetId == p.Subject)) && e.Id.CompareTo(after) > 0).OrderBy(e => e.Id)
            .Select(e => new AuditEntry
            {
                Id = e.Id, At = e.At, Action = e.Action, Source = e.Source, TargetType = e.TargetType, TraceId = e.TraceId, SealedDetails = e.SealedDetails, SealedAddress = e.SealedAddress, Number = e.Number, ActorId = e.ActorId == p.Id ? e.ActorId : null,
                TargetId = e.TargetType == "user" && e.TargetId != p.Subject ? "" : e.TargetId, Details = e.TargetType == "user" && e.TargetId == p.Subject ? e.Details : null, RemoteAddress = e.ActorId == p.Id ? e.RemoteAddress : null,
            }), "SealedDetails", "SealedAddress", "ChainHash"),
    ];

    /// <summary>What refers to people and is in no copy, with the reason.</summary>
    public static IReadOnlyDictionary<Type, string> LeftOut { get; } = new Dictionary<Type, string>
    {
        [typeof(PersonKey)] = "A key, which says nothing by itself.",
        [typeof(PersonalExportPart)] = "The copy itself.",
        [typeof(Mail.OutgoingMail)] = "Mails on their way, which the person gets.",
        [typeof(Mail.MailRequest)] = "Wishes for mails, which live for minutes.",
    };
}
