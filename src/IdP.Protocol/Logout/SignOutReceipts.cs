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

    /// <param name="returnUrl">The end-session request to continue with; local.</param>
    public string PageUrl(string subject, Guid sessionId, string? returnUrl)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow().ToUnixTimeSeconds()} {sessionId:N} {subject}");
        return $"{SignedOutPage}?{Parameter}={_protector.Protect(text)}{(returnUrl is null ? "" : "&returnUrl=" + Uri.EscapeDataString(returnUrl))}";
    }

    /// <summary>Null when it is not ours or too old.</summary>
    public (string Subject, Guid SessionId)? Open(string? receipt)
    {
        if (string.IsNullOrEmpty(receipt) || receipt.Length > 1000) return null;
        try
        {
            return _protector.Unprotect(receipt).Split(' ', 3) is [var at, var session, var subject]
                && clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(at, CultureInfo.InvariantCulture)) < Lifetime ? (subject, Guid.ParseExact(session, "N")) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
