using System.Security.Cryptography;
using IdP.Federation;
using IdP.Sessions;
using Microsoft.AspNetCore.DataProtection;

namespace IdP.UI.Account.Connections;

/// <summary>In the links that connect a login, what the token against forgery is in forms: it counts in the session whose page made it.</summary>
internal sealed class LinkTicket(IDataProtectionProvider protection)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private readonly ITimeLimitedDataProtector protector = protection.CreateProtector("IdP.Account.LinkTicket").ToTimeLimitedDataProtector();

    public string Of(SignedInPerson person) => protector.Protect(LinkOwnLogin.TicketOf(person), Lifetime);

    public bool IsFor(SignedInPerson person, string? ticket)
    {
        if (string.IsNullOrEmpty(ticket)) return false;
        try
        {
            return protector.Unprotect(ticket) == LinkOwnLogin.TicketOf(person);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
