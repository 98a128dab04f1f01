using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace IdP.UI.SignIn;

/// <summary>The user name on its way from the first page to the second. Addresses end in logs and histories, so it does not stand there in clear; it proves nothing.</summary>
internal sealed class UserNameTicket(IDataProtectionProvider protection)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector("IdP.SignIn.UserName").ToTimeLimitedDataProtector();

    public string Seal(string userName) => _protector.Protect(userName, Lifetime);

    public string? Open(string? ticket)
    {
        if (string.IsNullOrEmpty(ticket)) return null;
        try
        {
            return _protector.Unprotect(ticket);
        }
        catch (CryptographicException)
        {
            return null; // too old, or not ours: the first page comes again
        }
    }
}
