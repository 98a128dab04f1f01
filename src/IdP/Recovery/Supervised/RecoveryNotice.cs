using IdP.Data;
using IdP.Http;
using IdP.Links;
using IdP.Mail;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Recovery.Supervised;

/// <summary>Finds out whose account is asked for, and tells its owner, who can stop it.</summary>
internal sealed class RecoveryNotice(IdpDbContext db, OneTimeLinks links, MailQueue mail, ILookupNormalizer normalizer) : IMailRequestHandler
{
    public const string RequestKind = "recovery";

    /// <summary>As long as a request can lead to anything: it waits, is approved, and is gone on with.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    public string Kind => RequestKind;

    public async Task HandleAsync(MailRequestContent content, CancellationToken ct)
    {
        var name = normalizer.NormalizeName(SignInNames.Clean(content.Name));
        var user = SignInNames.TheOne(await db.Users.AsNoTracking().Named(name).ToListAsync(ct), found => found, name);
        if (user is not { Enabled: true } || content.Handle is not { } handle) return;
        // A request that nobody is told of must not lead to anything either.
        if (await links.IsFloodAsync(LinkPurposes.StopRecovery, user.Id, ct, content.Device)) return;

        var hash = Handles.Hash(handle);
        if (await db.RecoveryRequests.Where(r => r.HandleHash == hash && r.UserId == null).ExecuteUpdateAsync(r => r.SetProperty(x => x.UserId, user.Id), ct) == 0) return;
        var request = await db.RecoveryRequests.AsNoTracking().SingleAsync(r => r.HandleHash == hash, ct);
        if (user is not { Email: not null, EmailConfirmed: true })
        {
            links.Count(LinkPurposes.StopRecovery, user.Id); // an address that nobody has confirmed may be anybody's
            return;
        }
        var (browser, system) = BrowserName.Of(request.UserAgent);
        mail.Add(MailKinds.RecoveryRequested, user, new Dictionary<string, object>
        {
            ["provider"] = links.Provider,
            ["link"] = links.Add(LinkPurposes.StopRecovery, user, Lifetime, StopRecovery.Path, endsWithChanges: false),
            ["time"] = request.CreatedAt,
            ["address"] = request.RemoteAddress ?? "–",
            ["browser"] = (browser, system) is (null, null) ? "–" : string.Join(", ", new[] { browser, system }.OfType<string>()),
        }, Lifetime, content.Language);
    }
}
