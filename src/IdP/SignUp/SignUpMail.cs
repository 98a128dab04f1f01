using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.SignUp;

/// <summary>
/// Answers the wish for an account: a link to finish it, or the news that there is one already. Only who reads the mailbox learns which.
/// </summary>
internal sealed class SignUpMail(IdpDbContext db, OneTimeLinks links, MailQueue mail, IOptions<SignUpOptions> options, ILookupNormalizer normalizer, TimeProvider clock) : IMailRequestHandler
{
    public const string RequestKind = "sign-up";

    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    public string Kind => RequestKind;

    public async Task HandleAsync(MailRequestContent request, CancellationToken ct)
    {
        var address = request.Name.Trim();
        if (!options.Value.Enabled || !UserRules.IsEmail(address) || !options.Value.Admits(address)) return;
        var (normalized, now) = (normalizer.NormalizeEmail(address), clock.GetUtcNow());
        var since = now - OneTimeLinks.FloodWindow;
        if (await db.OneTimeLinks.CountAsync(l => l.Address == normalized && l.Purpose == LinkPurposes.SignUp && l.CreatedAt > since, ct) >= OneTimeLinks.MaxPerPerson) return;

        // Each is counted, also the one that opens nothing.
        var token = Handles.New();
        var exists = await db.Users.AnyAsync(u => u.NormalizedEmail == normalized || u.NormalizedUserName == normalized, ct);
        db.OneTimeLinks.Add(new OneTimeLink
        {
            Purpose = LinkPurposes.SignUp, TokenHash = exists ? null : Handles.Hash(token), Address = normalized, ReturnUrl = request.ReturnUrl, CreatedAt = now, ExpiresAt = now + Lifetime,
            Data = NewAccount.Write(new UserSettings { UserName = NewAccount.UserNameFor(address), Email = address, EmailVerified = true, Locale = request.Language.Length == 0 ? null : request.Language }),
        });
        if (exists) mail.Add(MailKinds.SignUpExisting, address, null, request.Language, new Dictionary<string, object> { ["provider"] = links.Provider, ["link"] = links.AddressOf("/signin") }, Lifetime);
        else mail.Add(MailKinds.SignUp, address, null, request.Language, new Dictionary<string, object> { ["provider"] = links.Provider, ["link"] = links.AddressOf(FinishSignUp.Path, token), ["hours"] = (int)Lifetime.TotalHours }, Lifetime);
    }
}
