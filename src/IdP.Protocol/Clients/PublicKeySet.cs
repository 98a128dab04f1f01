using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Clients;

/// <summary>The JWK sets (RFC 7517 5) of clients, APIs and assertion issuers: public RSA and EC keys, nothing else.</summary>
public static class PublicKeySet
{
    private const int MaxLength = 20_000, MaxKeys = 20, MinRsaBits = 2048;

    /// <summary>What is wrong with a set, in a sentence; null when nothing is.</summary>
    public static string? Problem(string jwks)
    {
        if (jwks.Length > MaxLength) return $"A key set has at most {MaxLength} characters.";
        JsonWebKeySet set;
        try
        {
            set = new JsonWebKeySet(jwks);
        }
        catch (ArgumentException)
        {
            return "This is no JWK set (RFC 7517 5).";
        }
        if (set.Keys.Count is 0 or > MaxKeys) return $"A key set has 1 to {MaxKeys} keys.";
        return set.Keys.Select(KeyProblem).FirstOrDefault(problem => problem is not null);
    }

    private static string? KeyProblem(JsonWebKey key) => key switch
    {
        // A secret in a registration is a secret no more.
        { HasPrivateKey: true } or { Kty: "oct" } or { K: not null } => "A key set holds public keys only, and this one has a private or secret key: it is compromised, make a new one.",
        { Kty: "RSA" } when key.N is null || key.E is null => "An RSA key has n and e (RFC 7518 6.3).",
        { Kty: "RSA" } when key.KeySize < MinRsaBits => $"RSA keys have at least {MinRsaBits} bits.",
        { Kty: "EC" } when key.X is null || key.Y is null || key.Crv is not ("P-256" or "P-384" or "P-521") => "An EC key has crv (P-256, P-384 or P-521), x and y (RFC 7518 6.2).",
        { Kty: "RSA" or "EC" } => null,
        _ => $"Keys of type \"{key.Kty}\" are not supported: RSA and EC are.",
    };
}
