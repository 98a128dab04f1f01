using IdP.Protocol.Discovery;
using Microsoft.Extensions.Configuration;

namespace IdP.Protocol.Clients;

/// <summary>What RFC 7523 3 asks of every assertion, whoever signed it. Each method answers what is wrong, in a sentence, or null.</summary>
internal sealed class AssertionRules(IConfiguration configuration, IssuerUrl url, TimeProvider clock)
{
    private readonly string _issuer = configuration["Issuer"] ?? ""; // checked at start

    /// <summary>Clocks differ a little; a minute is a mistake.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(30);

    /// <summary>An assertion proves that its maker is here now. One that lasts for days is a password on its way to somebody's log.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromHours(1);

    /// <param name="path">The path of the endpoint it was sent to: clients of RFC 9126 2 and RFC 8628 name that endpoint itself.</param>
    public string? Problem(Assertion assertion, string path)
    {
        if (assertion.Id is null) return "it has no jti";
        if (!assertion.Audiences.Any(audience => audience == _issuer || audience == url.Of(ProtocolPaths.Token) || audience == url.Of(path)))
            return "it is not meant for this provider: aud must contain the issuer or the address of the token endpoint";
        var now = clock.GetUtcNow();
        if (assertion.ExpiresAt <= now - ClockTolerance) return "it has expired";
        if (assertion.ExpiresAt > now + MaxLifetime + ClockTolerance) return "its exp is too far away: an hour is the most";
        if (assertion.NotBefore > now + ClockTolerance || assertion.IssuedAt > now + ClockTolerance) return "it is from the future: nbf or iat is later than now";
        return null;
    }
}
