using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Recovery;

/// <summary>Sends the link for a new password to whoever has the name that somebody typed, when that is a person with a confirmed address.</summary>
public sealed class ForgottenPassword(IdpDbContext db, OneTimeLinks links, MailQueue mail, ILookupNormalizer normalizer) : IMailRequestHandler
{
    /// <summary>How long the link works.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>The page of the new password.</summary>
    public const string Path = "/password/new";

    public const string RequestKind = "forgotten-password";

    public string Kind => RequestKind;

    public async Task HandleAsync(MailRequestContent request, CancellationToken ct)
    {
        var name = normalizer.NormalizeName(SignInNames.Clean(request.Name));
        var user = SignInNames.TheOne(await db.Users.AsNoTracking().Named(name).ToListAsync(ct), found => found, name);
        // An address that nobody has confirmed may be anybody's.
        if (user is not { Enabled: true, Email: not null, EmailConfirmed: true } || await links.IsFloodAsync(LinkPurposes.ResetPassword, user.Id, ct, request.Device)) return;
        if (user.PasswordHash is null)
        {
            // Who comes by a passkey or by their company's provider is not given a password by whoever reads their mail.
            links.Count(LinkPurposes.ResetPassword, user.Id);
            mail.Add(MailKinds.NoPassword, user, new Dictionary<string, object> { ["provider"] = links.Provider, ["link"] = links.AddressOf("/signin") }, Lifetime, request.Language);
            return;
        }
        var link = links.Add(LinkPurposes.ResetPassword, user, Lifetime, Path, request.ReturnUrl);
        mail.Add(MailKinds.ResetPassword, user, new Dictionary<string, object> { ["provider"] = links.Provider, ["link"] = link, ["minutes"] = (int)Lifetime.TotalMinutes }, Lifetime, request.Language);
    }
}
