using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Logout;

/// <summary>Makes logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4). Each attempt gets a new one, because they live for two minutes only.</summary>
internal sealed class LogoutTokens(KeyRotation keys, SubjectIdentifiers subjects, IConfiguration configuration, TimeProvider clock)
{
    /// <summary>2.4 asks for an explicit type, so that no other kind of token can be mistaken for one.</summary>
    private const string Type = "logout+jwt";
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    public async Task<string> CreateAsync(Client client, string subject, Guid? sessionId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var claims = new Dictionary<string, object>
        {
            ["sub"] = subjects.For(client, subject),
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["events"] = new Dictionary<string, object> { [Event] = new Dictionary<string, object>() },
        };
        if (client.BackChannelLogoutSessionRequired && sessionId is { } session) claims[ClaimDestinations.SessionId] = session.ToString("N");
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = Type,
            Issuer = configuration["Issuer"],
            Audience = client.ClientId,
            IssuedAt = now.UtcDateTime,
            Expires = (now + Lifetime).UtcDateTime,
            Claims = claims,
            // 2.4 and 2.6: signed like the client's ID tokens, but never with its secret, which may have several values or be stored as a hash.
            SigningCredentials = (await keys.CurrentAsync(SigningAlgorithms.OfOwnKey(client), ct)).Signing,
        });
    }
}
