using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore.Http;

namespace IdP.Protocol.Token;

/// <summary>Seam to the product: whether an app that sends a person's name and password (RFC 6749 4.3) may act for this person, by all rules of a sign-in.</summary>
public interface IPasswordAuthentication
{
    Task<PasswordVerdict> AuthenticateAsync(Client client, string userName, string password, HttpContext http, CancellationToken ct);
}

/// <summary>The product's verdict.</summary>
public abstract record PasswordVerdict
{
    public sealed record Accepted(AuthenticatedSubject Subject) : PasswordVerdict;

    /// <summary>Whatever the reason is: the app is told none.</summary>
    public sealed record Refused : PasswordVerdict;

    /// <summary>Nothing was checked, because too much is waiting to be.</summary>
    public sealed record Busy(TimeSpan RetryAfter) : PasswordVerdict;
}
