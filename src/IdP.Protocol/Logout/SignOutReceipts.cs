using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace IdP.Protocol.Logout;

/// <summary>
/// Names a session that has just ended to the page that is shown afterwards: sealed, because nobody is signed in there any more and the page says which
/// apps were used.
/// </summary>
public sealed class SignOutReceipts(IDataProtectionProvider protection, TimeProvider clock)
{
    /// <summary>Query parameter of the page.</summary>
    public const string Parameter = "receipt";

    private const string SignedOutPage = "/signedout";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);
    private readonly IDataProtector _protector = protection.CreateProtector("IdP.SignOutReceipt");

    /// <param name="sessionId">The session of the browser that is shown the page.</param>
    /// <param name="returnUrl">The end-session request to continue with; local.</param>
    /// <param name="everywhereSince">All sessions of the person were ended, from this moment on; null when it was this one alone.</param>
    public string PageUrl(string subject, Guid sessionId, string? returnUrl, DateTimeOffset? everywhereSince = null)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow().ToUnixTimeSeconds()} {sessionId:N} {everywhereSince?.ToUnixTimeMilliseconds() ?? 0} {subject}");
        return $"{SignedOutPage}?{Parameter}={_protector.Protect(text)}{(returnUrl is null ? "" : "&returnUrl=" + Uri.EscapeDataString(returnUrl))}";
    }

    /// <summary>Null when it is not ours or too old.</summary>
    public SignedOut? Open(string? receipt)
    {
        if (string.IsNullOrEmpty(receipt) || receipt.Length > 1000) return null;
        try
        {
            if (_protector.Unprotect(receipt).Split(' ', 4) is not [var seconds, var session, var since, var subject]) return null; // one of a version before this one, half an hour after an update
            var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds, CultureInfo.InvariantCulture));
            if (clock.GetUtcNow() - at >= Lifetime) return null;
            return new(subject, Guid.ParseExact(session, "N"), at, since == "0" ? null : DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(since, CultureInfo.InvariantCulture)));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}

/// <summary>What ended.</summary>
/// <param name="SessionId">That of the browser; its frames are loaded there.</param>
/// <param name="EverywhereSince">All sessions of the person, from this moment on; null for this one alone.</param>
public sealed record SignedOut(string Subject, Guid SessionId, DateTimeOffset At, DateTimeOffset? EverywhereSince = null);
