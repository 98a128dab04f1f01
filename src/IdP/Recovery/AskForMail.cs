using IdP.Mail;
using IdP.Sessions;
using IdP.SignIn;
using Microsoft.AspNetCore.Http;

namespace IdP.Recovery;

/// <summary>Takes the request of somebody who has forgotten their password. It does the same and answers the same whoever exists.</summary>
public sealed class AskForMail(MailRequests requests, GuessLimits limits)
{
    /// <param name="language">BCP 47 tag of the page.</param>
    /// <returns>Null when it was taken, else how long this network must wait.</returns>
    public async Task<TimeSpan?> ForNewPasswordAsync(string name, string language, string returnUrl, HttpContext http, CancellationToken ct)
    {
        if (limits.TryTakeMail(http.Connection.RemoteIpAddress) is { } wait) return wait;
        requests.Add(ForgottenPassword.RequestKind, name, language, returnUrl, KnownBrowserCookie.Hashes(http));
        await requests.SaveAsync(ct);
        return null;
    }
}
