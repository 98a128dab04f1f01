using System.Security.Cryptography;
using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Http;
using IdP.Mail;
using IdP.PersonalData;
using IdP.Risk;
using IdP.Sessions;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Recovery.Supervised;

/// <summary>
/// Takes the wish of somebody who has nothing left to sign in with. It does the same and answers the same whoever exists: whose name it is, is found out afterwards (<see cref="RecoveryNotice"/>).
/// </summary>
public sealed class AskForRecovery(IdpDbContext db, MailRequests requests, GuessLimits limits, RecoveryNames names, PersonKeys keys, ILookupNormalizer normalizer, IOptions<RecoveryOptions> options, AuditLog audit, Actor actor, TimeProvider clock)
{
    /// <summary>How long a request waits for somebody who knows the person.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Requests for people that may wait at once, and those for names that nobody has or that were not looked up yet, from everywhere: the table stays small. The second is larger, because names can be invented, and
    /// filling it must not keep out whoever has an account.
    /// </summary>
    internal const int MaxOpen = 1000, MaxUnknown = 10_000;

    private const string Digits = "0123456789";
    private const int NumberLength = 8, Attempts = 3, MaxClientId = 200;

    /// <returns>The handle for the page that waits; null and how long until there is a try again.</returns>
    public async Task<(string? Handle, TimeSpan Wait)> ExecuteAsync(string name, string language, string? clientId, string returnUrl, HttpContext http, CancellationToken ct)
    {
        if (limits.TryTakeMail(http.Connection.RemoteIpAddress) is { } wait) return (null, wait);
        if (limits.TryTakeRecovery(normalizer.NormalizeName(SignInNames.Clean(name))) is { } again) return (null, again);
        var now = clock.GetUtcNow();
        if (await IsFullAsync(http.Connection.RemoteIpAddress?.ToString(), now, ct)) return (null, Lifetime);

        var handle = Handles.New();
        var request = new RecoveryRequest
        {
            Number = NewNumber(), HandleHash = Handles.Hash(handle), BrowserHash = Handles.Hash(PendingLogins.BrowserOf(http)), ProtectedName = names.Protect(name), ReturnUrl = returnUrl,
            ClientId = clientId is { Length: <= MaxClientId } ? clientId : null, RemoteAddress = http.Connection.RemoteIpAddress?.ToString(), UserAgent = http.UserAgent(), CreatedAt = now, ExpiresAt = now + Lifetime,
        };
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        db.RecoveryRequests.Add(request);
        requests.Add(RecoveryNotice.RequestKind, name, language, returnUrl, KnownBrowserCookie.Hashes(http), handle);
        db.PersonKeys.Add(keys.New(request.Id, normalizer.NormalizeName(SignInNames.Clean(name)))); // nobody knows yet whether there is such a person
        audit.Record("recovery.requested", "recovery", request.Id.ToString(), about: request.Id);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await requests.SaveAsync(ct);
                return (handle, default);
            }
            catch (DbUpdateException e) when (e.IsDuplicate() && attempt < Attempts)
            {
                request.Number = NewNumber(); // of a hundred million one that is in use
            }
        }
    }

    /// <summary>One statement, and the same answer whoever is named: whose name it is, is not known yet.</summary>
    private async Task<bool> IsFullAsync(string? address, DateTimeOffset now, CancellationToken ct)
    {
        var waiting = await db.RecoveryRequests.Where(r => r.State == RecoveryState.Waiting && r.ExpiresAt > now).GroupBy(r => new { r.RemoteAddress, IsKnown = r.UserId != null })
            .Select(g => new { g.Key.RemoteAddress, g.Key.IsKnown, Count = g.Count() }).ToListAsync(ct);
        var network = NetworkNames.PrefixOf(address);
        return waiting.Where(w => w.IsKnown).Sum(w => w.Count) >= MaxOpen || waiting.Where(w => !w.IsKnown).Sum(w => w.Count) >= MaxUnknown
            || (network is not null && waiting.Where(w => NetworkNames.PrefixOf(w.RemoteAddress) == network).Sum(w => w.Count) >= options.Value.MaxWaitingPerNetwork);
    }

    private static string NewNumber() => RandomNumberGenerator.GetString(Digits, NumberLength);
}

/// <summary>Seals the names that strangers typed: they are nothing for a table, and whoever decides must see them.</summary>
public sealed class RecoveryNames(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("IdP.Recovery.Name");

    public string Protect(string name) => _protector.Protect(name);

    /// <summary>Null when the key is gone.</summary>
    public string? Read(RecoveryRequest request)
    {
        try
        {
            return _protector.Unprotect(request.ProtectedName);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
