using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.PersonalData;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.SignUp;

/// <summary>An invitation after it was made.</summary>
/// <param name="Link">The link itself, when no mail could be sent: it is in clear only here.</param>
public sealed record SentInvitation(Guid Id, DateTimeOffset ExpiresAt, string? Link);

/// <summary>Invites a person to an account whose address, roles, groups and organizations are decided here. A newer invitation to the same address ends the older one.</summary>
public sealed class InviteUser(IdpDbContext db, Actor actor, AuditLog audit, UserLookups lookups, OneTimeLinks links, PersonKeys keys, MailQueue mail, ILookupNormalizer normalizer, IOptions<SignUpOptions> options, TimeProvider clock)
{
    /// <param name="settings">The user name is made from the address.</param>
    public async Task<Outcome<SentInvitation>> ExecuteAsync(UserSettings settings, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        if (settings.Email is not { } address) return Failure.Invalid("required", "An invitation needs an address.", "email");
        // Only who got it by mail has shown that the address is theirs.
        (settings.UserName, settings.EmailVerified) = (NewAccount.UserNameFor(address), mail.IsOn);
        List<Failure> failures = [.. UserRules.Check(settings, await lookups.ReferencesAsync(ct)), .. (await lookups.CheckUniqueAsync(settings, [], ct)).DistinctBy(f => f.Code)];
        if (Failure.Several(failures) is { } invalid) return invalid;

        var (now, token, normalized) = (clock.GetUtcNow(), Handles.New(), normalizer.NormalizeEmail(address));
        var invitation = new OneTimeLink
        {
            Purpose = LinkPurposes.Invitation, TokenHash = Handles.Hash(token), Address = normalized, Data = NewAccount.Write(settings, actor.UserId), CreatedAt = now, ExpiresAt = now + options.Value.InvitationLifetime,
        };
        await using var transaction = await db.BeginAsync(ct);
        await db.OneTimeLinks.Where(l => l.Address == normalized && l.Purpose == LinkPurposes.Invitation && l.UsedAt == null).ExecuteDeleteAsync(ct);
        db.OneTimeLinks.Add(invitation);
        var link = links.AddressOf(FinishSignUp.Path, token);
        mail.Add(MailKinds.Invitation, address, settings.Name, settings.Locale, new Dictionary<string, object> { ["provider"] = links.Provider, ["link"] = link, ["expires"] = invitation.ExpiresAt }, options.Value.InvitationLifetime);
        db.PersonKeys.Add(keys.New(invitation.Id, normalized)); // there is nobody yet whose it could be
        audit.Record("invitation.created", "invitation", invitation.Id.ToString(), new { settings.Email, settings.Roles, settings.Groups, organizations = settings.Organizations.Select(o => o.Name) }, about: invitation.Id);
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(CancellationToken.None);
        return new SentInvitation(invitation.Id, invitation.ExpiresAt, mail.IsOn ? null : link);
    }
}
