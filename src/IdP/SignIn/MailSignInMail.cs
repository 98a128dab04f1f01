using System.Security.Cryptography;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.SignIn;

/// <summary>Mails the code and the link for a sign-in that waits in a browser, when its name is that of a person with a confirmed address.</summary>
internal sealed class MailSignInMail(IdpDbContext db, OneTimeLinks links, MailQueue mail, ILookupNormalizer normalizer) : IMailRequestHandler
{
    public const string RequestKind = "sign-in";

    /// <summary>The page of the link.</summary>
    public const string LinkPath = "/signin/mail/link";

    private const string Digits = "0123456789";
    private const int CodeLength = 8;

    public string Kind => RequestKind;

    public async Task HandleAsync(MailRequestContent request, CancellationToken ct)
    {
        var name = normalizer.NormalizeName(SignInNames.Clean(request.Name));
        var user = SignInNames.TheOne(await db.Users.AsNoTracking().Named(name).ToListAsync(ct), found => found, name);
        if (user is not { Enabled: true, Email: not null, EmailConfirmed: true } || request.Handle is not { } handle) return;
        if (await links.IsFloodAsync(LinkPurposes.SignIn, user.Id, ct, request.Device)) return;

        var (hash, token, code) = (Handles.Hash(handle), Handles.New(), RandomNumberGenerator.GetString(Digits, CodeLength));
        var (tokenHash, codeHash, stamp, address) = (Handles.Hash(token), MailSignIn.HashOf(handle, code), user.SecurityStamp ?? "", user.NormalizedEmail);
        if (await db.OneTimeLinks.Where(l => l.HandleHash == hash && l.UserId == null).ExecuteUpdateAsync(l => l.SetProperty(x => x.UserId, user.Id)
                .SetProperty(x => x.TokenHash, tokenHash).SetProperty(x => x.CodeHash, codeHash).SetProperty(x => x.SecurityStamp, stamp).SetProperty(x => x.Address, address), ct) == 0) return;
        mail.Add(MailKinds.SignIn, user, new Dictionary<string, object>
        {
            ["provider"] = links.Provider, ["code"] = $"{code[..4]} {code[4..]}", ["link"] = links.AddressOf(LinkPath, token), ["minutes"] = (int)MailSignIn.Lifetime.TotalMinutes,
        }, MailSignIn.Lifetime, request.Language);
    }
}
