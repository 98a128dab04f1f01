using System.Security.Cryptography;
using System.Text;
using IdP.Credentials;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

/// <summary>
/// A code by mail in place of a second factor that somebody does not have and a policy asks for. Two kinds only together with a password that did not come by mail itself: whoever reads the mailbox
/// must not have both. It counts where the password was shown, in that browser and tab, and never where a passkey is asked for.
/// </summary>
public sealed class MailFactor(IdpDbContext db, OneTimeLinks links, MailQueue mail, GuessLimits limits, IOptions<SignInOptions> options, TimeProvider clock)
{
    /// <summary>What it adds to the methods of a session, as <see cref="MailSignIn"/> names it: beside the password it makes two.</summary>
    public static IReadOnlyList<string> Methods { get; } = ["email", "mfa"];

    private const string Digits = "0123456789";
    private const int CodeLength = 8;

    /// <summary>Whether a code by mail would be a second kind for this person, whatever asks for it.</summary>
    public async Task<bool> IsPossibleAsync(User user, IReadOnlyCollection<string> methods, CancellationToken ct) =>
        options.Value.MailAsSecondFactor && user is { Enabled: true, Email: not null, EmailConfirmed: true, PasswordRecoveredAt: null } && methods.Contains("pwd") && !methods.Contains("email") && !(await db.FactorsOfAsync(user.Id, ct)).Any;

    /// <summary>The same for a session that a policy does not let go on to an app.</summary>
    public async Task<bool> IsPossibleAsync(SignedInPerson person, CancellationToken ct) =>
        options.Value.MailAsSecondFactor && await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == person.UserId, ct) is { } user && await IsPossibleAsync(user, person.AuthenticationMethods, ct);

    /// <summary>Whether it can be shown for this sign-in. Only a policy's wish is met with it, and only one for any two factors.</summary>
    public async Task<bool> IsOfferedAsync(PendingLogin login, User user, CancellationToken ct) =>
        login.Rescue is RescueKind.None && (login.SessionId is null || login.IsDemanded) && login.AcrValues is [AuthenticationContexts.MultiFactor] && await IsPossibleAsync(user, login.Methods, ct);

    /// <summary>Whether a code is on its way that can still be typed.</summary>
    public Task<bool> IsSentAsync(PendingLogin login, CancellationToken ct)
    {
        var (hash, now) = (HandleOf(login), clock.GetUtcNow());
        return db.OneTimeLinks.AnyAsync(l => l.HandleHash == hash && l.UsedAt == null && l.ExpiresAt > now, ct);
    }

    /// <summary>Mails a code; an older one of the same sign-in ends.</summary>
    /// <param name="language">BCP 47 tag of the page.</param>
    /// <returns>Null when it was sent, or is not offered (any more); else how long to wait.</returns>
    public async Task<TimeSpan?> SendAsync(PendingLogin login, User user, string language, HttpContext http, CancellationToken ct)
    {
        if (!await IsOfferedAsync(login, user, ct)) return null;
        if (limits.TryTakeMail(http.Connection.RemoteIpAddress) is { } wait) return wait;
        var (now, hash, code) = (clock.GetUtcNow(), HandleOf(login), RandomNumberGenerator.GetString(Digits, CodeLength));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters; with it two clicks are one after the other.
        if (await db.Users.Where(u => u.Id == user.Id && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.FactorFailedCount, x => x.FactorFailedCount), ct) == 0) return null;
        // A thief who has the password must not fill the mailbox; in a browser the person is known in, they need one each time.
        if (login.DeviceId is null && await links.IsFloodAsync(LinkPurposes.SecondFactor, user.Id, ct)) return OneTimeLinks.FloodWindow;
        await db.OneTimeLinks.Where(l => l.HandleHash == hash).ExecuteUpdateAsync(l => l.SetProperty(x => x.HandleHash, (string?)null).SetProperty(x => x.UsedAt, now), ct);
        db.OneTimeLinks.Add(new OneTimeLink
        {
            Purpose = LinkPurposes.SecondFactor, UserId = user.Id, HandleHash = hash, CodeHash = MailSignIn.HashOf(hash, code), SecurityStamp = user.SecurityStamp ?? "", Address = user.NormalizedEmail, CreatedAt = now, ExpiresAt = now + MailSignIn.Lifetime,
        });
        mail.Add(MailKinds.SecondFactor, user, new Dictionary<string, object>
        {
            ["provider"] = links.Provider, ["code"] = $"{code[..(CodeLength / 2)]} {code[(CodeLength / 2)..]}", ["minutes"] = (int)MailSignIn.Lifetime.TotalMinutes,
        }, MailSignIn.Lifetime, language);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return null;
    }

    /// <summary>Takes the newest code of this sign-in, once on whichever node. Tries are counted by <see cref="FactorCounters"/>. Part of the change being made.</summary>
    public async Task<SignInOutcome> TakeAsync(PendingLogin login, User user, string code, CancellationToken ct)
    {
        if (!await IsOfferedAsync(login, user, ct)) return SignInOutcome.WrongFactor;
        var (hash, now) = (HandleOf(login), clock.GetUtcNow());
        var link = await db.OneTimeLinks.AsNoTracking().FirstOrDefaultAsync(l => l.HandleHash == hash && l.Purpose == LinkPurposes.SecondFactor && l.UserId == user.Id && l.ExpiresAt > now
            && l.Address == l.User!.NormalizedEmail && l.SecurityStamp == (l.User.SecurityStamp ?? ""), ct);
        var typed = MailSignIn.HashOf(hash, CodeText.Digits(code));
        if (link?.CodeHash is null || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(typed), Encoding.ASCII.GetBytes(link.CodeHash))) return SignInOutcome.WrongFactor;
        return await links.TakeAsync(link, ct) ? SignInOutcome.Success : SignInOutcome.UsedFactor;
    }

    /// <summary>Finds the code of a sign-in, which itself is found only in its browser.</summary>
    private static string HandleOf(PendingLogin login) => Handles.Hash($"second factor of {login.Id}");
}
