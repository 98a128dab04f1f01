using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Protocol.Clients;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Registration;

/// <summary>Software statements (RFC 7591 2.3): metadata under the signature of somebody whom this provider believes.</summary>
internal sealed class SoftwareStatements(IOptions<RegistrationOptions> options, ClientKeys keys, TimeProvider clock)
{
    private const int MaxLength = 16_384;
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);
    private static readonly HashSet<string> OfTheJwt = ["iss", "iat", "exp", "nbf", "aud", "jti", "software_statement"];

    /// <summary>The plain metadata with that of the statement in its place where both speak (RFC 7591 2.3).</summary>
    public async Task<Merged> MergeAsync(JsonElement plain, string statement, CancellationToken ct)
    {
        var handler = new JsonWebTokenHandler { MaximumTokenSizeInBytes = MaxLength };
        if (Read(handler, statement) is not { } token) return Merged.Refused(RegistrationErrors.InvalidSoftwareStatement, "The software statement is no signed JWT.");
        if (options.Value.SoftwareStatementIssuers.FirstOrDefault(issuer => issuer.Issuer == token.Issuer) is not { } trusted)
            return Merged.Refused(RegistrationErrors.UnapprovedSoftwareStatement, "The issuer of the software statement is not known here.");

        var result = await handler.ValidateTokenAsync(statement, new TokenValidationParameters
        {
            // Keys of this issuer alone, never one of the header; symmetric algorithms and none cannot pass.
            IssuerSigningKeys = await keys.FindVerificationKeysAsync(new KeySource(trusted.Jwks, trusted.JwksUri), string.IsNullOrEmpty(token.Kid) ? null : token.Kid, token.Alg ?? "", renew: false, ct),
            TryAllIssuerSigningKeys = true,
            ValidAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"],
            ValidIssuer = trusted.Issuer,
            ValidateAudience = false, // a statement goes with the software to many servers
            RequireExpirationTime = false,
            LifetimeValidator = (notBefore, expires, _, _) => (expires is null || expires > clock.GetUtcNow().UtcDateTime - Skew) && (notBefore is null || notBefore < clock.GetUtcNow().UtcDateTime + Skew),
        });
        if (!result.IsValid) return Merged.Refused(RegistrationErrors.InvalidSoftwareStatement, "The signature or the times of the software statement are not right.");

        var metadata = JsonNode.Parse(plain.GetRawText())!.AsObject(); // the caller has seen that it is an object
        using var claims = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        foreach (var claim in claims.RootElement.EnumerateObject())
            if (!OfTheJwt.Contains(claim.Name))
                metadata[claim.Name] = JsonNode.Parse(claim.Value.GetRawText());
        return new Merged(JsonDocument.Parse(metadata.ToJsonString()), null);
    }

    private static JsonWebToken? Read(JsonWebTokenHandler handler, string statement)
    {
        try
        {
            return handler.CanReadToken(statement) ? handler.ReadJsonWebToken(statement) : null;
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException)
        {
            return null; // three parts that are no JSON
        }
    }

    internal sealed record Merged(JsonDocument? Document, RegistrationProblem? Problem) : IDisposable
    {
        public JsonElement? Metadata => Document?.RootElement;

        public static Merged Refused(string error, string description) => new(null, new(error, description));

        public void Dispose() => Document?.Dispose();
    }
}
