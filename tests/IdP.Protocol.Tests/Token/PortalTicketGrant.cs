using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IdP.Protocol.Token;

namespace IdP.Protocol.Tests.Token;

#region docs_grant
/// <summary>
/// Signs people in with a ticket of the old portal, for as long as both are in use: "PERSON.EXPIRY.MAC", where the MAC is made with a key that portal and
/// provider share. A ticket cannot be guessed, so there are no guesses to limit.
/// </summary>
public sealed class PortalTicketGrant(PortalKey key, TimeProvider clock) : ICustomGrant
{
    public const string GrantType = "urn:example:params:oauth:grant-type:portal-ticket";

    public Task<CustomGrantAnswer> HandleAsync(CustomGrantRequest request, CancellationToken ct) => Task.FromResult(Decide(request));

    private CustomGrantAnswer Decide(CustomGrantRequest request)
    {
        if (!request.Parameters.TryGetValue("ticket", out var ticket)) return new CustomGrantAnswer.Refused("The parameter 'ticket' is missing.", "invalid_request");
        if (ticket.Split('.') is not [var person, var expiry, var mac] || !key.Verify($"{person}.{expiry}", mac)) return new CustomGrantAnswer.Refused("The ticket is not valid.");
        if (!long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || clock.GetUtcNow().ToUnixTimeSeconds() >= seconds) return new CustomGrantAnswer.Refused("The ticket has expired.");

        return new CustomGrantAnswer.ForPerson(person) { AuthenticationMethods = ["pwd"] };
    }
}

/// <summary>The key that portal and provider share.</summary>
public sealed class PortalKey(byte[] secret)
{
    public string Sign(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(text)));

    public bool Verify(string text, string mac) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(text)), Encoding.UTF8.GetBytes(mac));
}
#endregion
