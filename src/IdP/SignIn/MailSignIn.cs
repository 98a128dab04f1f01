using System.Security.Cryptography;
using System.Text;
using IdP.Credentials;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.PersonalData;
using IdP.Policies;
using IdP.Risk;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.SignIn;

/// <summary>
/// Sign-in by a mail in place of the password: it has a code for the page that waits, and a link for the same browser. Both are one secret of one use. The page that waits is the same for
/// every name, and so is everything that is done for it; in another browser than the one that asked neither is worth anything.
/// </summary>
public sealed class MailSignIn(
    IdpDbContext db, OneTimeLinks links, MailRequests requests, GuessLimits limits, PendingLogins pending, CompleteSignIn complete, PolicyCheck policies, BlockedSignIn blocked, PersonKeys keys, TimeProvider clock,
    ILogger<MailSignIn> logger)
{
    /// <summary>How long the code and the link work.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>Codes that may be tried for one mail. With eight digits and <see cref="OneTimeLinks.MaxPerPerson"/> mails an hour, strangers need some two hundred years for one.</summary>
    public const int MaxTries = 5;

    /// <summary>Control of a mailbox has no value in RFC 8176; this one is used by others, too.</summary>
    private static readonly string[] Methods = ["email"];

    private const int PolicyVersion = 2;

    /// <returns>The handle for the page that waits for the code; null and how long to wait when this network has asked too often.</returns>
    public async Task<(string? Handle, TimeSpan Wait)> BeginAsync(string name, string language, string? clientId, string returnUrl, HttpContext http, CancellationToken ct)
    {
        if (limits.TryTakeMail(http.Connection.RemoteIpAddress) is { } wait) return (null, wait);
        var (handle, now) = (Handles.New(), clock.GetUtcNow());
        db.OneTimeLinks.Add(new OneTimeLink
        {
            Purpose = LinkPurposes.SignIn, HandleHash = Handles.Hash(handle), BrowserHash = Handles.Hash(PendingLogins.BrowserOf(http)), ReturnUrl = returnUrl, ClientId = clientId, CreatedAt = now, ExpiresAt = now + Lifetime,
        });
        requests.Add(MailSignInMail.RequestKind, name, language, returnUrl, KnownBrowserCookie.Hashes(http), handle);
        await requests.SaveAsync(ct);
        return (handle, default);
    }

    /// <summary>What waits in this browser behind a handle; null when it is over, or another browser's.</summary>
    public async Task<OneTimeLink?> FindAsync(string? handle, HttpContext http, CancellationToken ct)
    {
        if (handle is not { Length: Handles.Length } || PendingLogins.KnownBrowserOf(http) is not { } known) return null;
        var (hash, browser, now) = (Handles.Hash(handle), Handles.Hash(known), clock.GetUtcNow());
        // With the key of the person, which a decision about them needs: asked for later it would be a statement that there is for people alone.
        var found = await db.OneTimeLinks.AsNoTracking().Include(l => l.User).Where(l => l.HandleHash == hash && l.BrowserHash == browser && l.Purpose == LinkPurposes.SignIn && l.UsedAt == null && l.ExpiresAt > now)
            .Select(l => new { Link = l, Key = db.PersonKeys.Where(k => k.Id == l.UserId).Select(k => k.ProtectedKey).FirstOrDefault() }).FirstOrDefaultAsync(ct);
        if (found?.Link.UserId is { } id) keys.Remember(db, id, found.Key);
        return found?.Link;
    }

    /// <summary>The link of the mail; null when it is used, over, or never was one.</summary>
    public Task<OneTimeLink?> FindByTokenAsync(string? token, CancellationToken ct) => links.FindAsync(LinkPurposes.SignIn, token, ct);

    /// <summary>Whether this is the browser that asked for it: a link that somebody else is talked into opening signs nobody in.</summary>
    public static bool IsHere(OneTimeLink link, HttpContext http) => PendingLogins.KnownBrowserOf(http) is { } browser && link.BrowserHash == Handles.Hash(browser);

    /// <summary>Takes the code that was typed on the page that waits.</summary>
    public async Task<SignInAnswer> ByCodeAsync(string handle, OneTimeLink link, string code, HttpContext http, CancellationToken ct)
    {
        // A try is taken before the code is looked at: many at once are as many tries.
        if (await db.OneTimeLinks.Where(l => l.Id == link.Id && l.Tries < MaxTries).ExecuteUpdateAsync(l => l.SetProperty(x => x.Tries, x => x.Tries + 1), ct) == 0) return new(SignInOutcome.LockedOut);
        var right = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(HashOf(handle, CodeText.Digits(code))), Encoding.ASCII.GetBytes(link.CodeHash ?? new string(' ', Handles.Length)));
        return await DecideAsync(link, right, http, ct);
    }

    /// <summary>Takes the link, in the browser that asked for it.</summary>
    public Task<SignInAnswer> ByLinkAsync(OneTimeLink link, HttpContext http, CancellationToken ct) => DecideAsync(link, right: true, http, ct);

    internal static string HashOf(string handle, string code) => Handles.Hash($"{handle} {code}");

    private async Task<SignInAnswer> DecideAsync(OneTimeLink link, bool right, HttpContext http, CancellationToken ct)
    {
        var (now, user) = (clock.GetUtcNow(), link.User);
        var decision = SignInDecisions.New(http, now, link.ClientId, link.UserId, Methods, "local", PolicyVersion);
        decision.Outcome = user switch { null => SignInOutcome.UnknownUser, _ when !right => SignInOutcome.WrongFactor, { Enabled: false } => SignInOutcome.Disabled, _ => SignInOutcome.Success };
        string? handle = null;
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            if (decision.Outcome is SignInOutcome.Success)
            {
                var device = await complete.DeviceOfAsync(user!.Id, http, ct); // success has a user
                var factors = await db.FactorsOfAsync(user.Id, ct);
                decision.KnownDevice = device is not null;
                var judged = await policies.JudgeAsync(SignInDecisions.InputsOf(decision, device) with { HasPasskey = factors.Passkey, HasApp = factors.AuthenticatorApp }, ct);
                decision.Judged(judged);
                decision.Outcome = judged.Outcome;
                var lastSignInAt = judged.Allows ? now : user.LastSignInAt;
                // The person's row before any other, see FactorCounters. What changed since the mail was sent ends it.
                if (await db.Users.Where(u => u.Id == user.Id && u.Enabled && (u.SecurityStamp ?? "") == link.SecurityStamp && u.NormalizedEmail == link.Address)
                        .ExecuteUpdateAsync(u => u.SetProperty(x => x.LastSignInAt, lastSignInAt), CancellationToken.None) == 0
                    || !await links.TakeAsync(link, CancellationToken.None)) return new(SignInOutcome.Over);
                if (decision.Outcome is SignInOutcome.FactorNeeded or SignInOutcome.EnrolmentNeeded)
                    handle = pending.Add(user, Methods, "local", link.ReturnUrl, http, login =>
                    {
                        login.ClientId = link.ClientId;
                        login.BeginIn(device, judged.Inputs.Risk);
                        login.AcrValues = [.. judged.Verdict.AcrValues];
                    });
                else if (judged.Allows) await complete.ExecuteAsync(user, Methods, "local", device?.Id, decision, judged, http);
                await blocked.NoteAsync(user, decision, judged, http);
            }
            db.SignInDecisions.Add(decision);
            await db.SaveChangesAsync(CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }
        Log.SignInDecided(logger, decision.Outcome, decision.UserId);
        return new(decision.Outcome, user, Handle: handle);
    }
}
