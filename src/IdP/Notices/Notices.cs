using IdP.Http;
using IdP.Links;
using IdP.Mail;
using IdP.Users;
using Microsoft.AspNetCore.Http;

namespace IdP.Notices;

/// <summary>
/// Tells people by mail what happened to their account, with a link to freeze it if it was not them. Part of the change that it tells of. Only to a confirmed address: at another one
/// the link would be in a stranger's hands.
/// </summary>
public sealed class Notices(MailQueue mail, OneTimeLinks links, TimeProvider clock)
{
    /// <summary>How long somebody who reads their mail late can still freeze the account.</summary>
    internal static readonly TimeSpan FreezeLifetime = TimeSpan.FromDays(7);

    /// <summary>How long the news is worth sending.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3);

    /// <param name="kind">See <see cref="MailKinds"/>.</param>
    /// <param name="user">Whose account it is.</param>
    /// <param name="http">The request that did it; null when it came from elsewhere than a browser.</param>
    public void Add(string kind, User user, HttpContext? http)
    {
        if (!mail.IsOn || user is not { Email: not null, EmailConfirmed: true }) return;
        var (browser, system) = BrowserName.Of(http?.Request.Headers.UserAgent.ToString());
        mail.Add(kind, user, new Dictionary<string, object>
        {
            ["provider"] = links.Provider,
            ["time"] = clock.GetUtcNow(),
            ["address"] = http?.Connection.RemoteIpAddress?.ToString() ?? "–",
            ["browser"] = (browser, system) is (null, null) ? "–" : string.Join(", ", new[] { browser, system }.OfType<string>()),
            // It must go on working when a thief changes the password, or the factors.
            ["freeze"] = links.Add(LinkPurposes.Freeze, user, FreezeLifetime, FreezeAccount.Path, endsWithChanges: false),
        }, Lifetime);
    }
}
