using IdP.Access;
using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>What the public keys of clients and APIs, and the algorithms used with them, must satisfy.</summary>
internal static class KeyRules
{
    /// <summary>A set by value or by address, not both (RFC 7591 2), with public keys only.</summary>
    public static void CheckKeys(List<Failure> failures, string? jwks, string? jwksUri)
    {
        if (jwks is not null && jwksUri is not null)
            failures.Add(Failure.Invalid("two_key_sets", "Either jwks or jwksUri, not both (RFC 7591 2).", "jwksUri"));
        if (jwks is not null && PublicKeySet.Problem(jwks) is { } problem)
            failures.Add(Failure.Invalid("bad_jwks", problem, "jwks"));
        if (jwksUri is not null && UriRules.EndpointProblem(jwksUri) is { } uriProblem)
            failures.Add(Failure.Invalid("bad_uri", uriProblem, "jwksUri"));
    }

    public static void CheckSigning(List<Failure> failures, string? algorithm, string field)
    {
        if (algorithm is not null && !SigningAlgorithms.Supported.Contains(algorithm))
            failures.Add(Failure.Invalid("unsupported", $"\"{algorithm}\" is not supported; supported: {string.Join(", ", SigningAlgorithms.Supported)}.", field));
    }

    /// <param name="what">The common beginning of both property names, such as <c>idToken</c>.</param>
    public static void CheckEncryption(List<Failure> failures, string? algorithm, string? content, string? jwks, string? jwksUri, string what)
    {
        var (algorithmField, contentField) = (what + "EncryptedResponseAlg", what + "EncryptedResponseEnc");
        if (algorithm is not null && !EncryptionAlgorithms.KeyManagement.Contains(algorithm))
            failures.Add(Failure.Invalid("unsupported", $"\"{algorithm}\" is not supported; supported: {string.Join(", ", EncryptionAlgorithms.KeyManagement)}.", algorithmField));
        else if (algorithm is not null && jwks is null && jwksUri is null)
            failures.Add(Failure.Invalid("keys_required", "Encryption needs the receiver's public key: jwks or jwksUri.", algorithmField));
        if (content is not null && !EncryptionAlgorithms.Content.Contains(content))
            failures.Add(Failure.Invalid("unsupported", $"\"{content}\" is not supported; supported: {string.Join(", ", EncryptionAlgorithms.Content)}.", contentField));
        else if (content is not null && algorithm is null)
            failures.Add(Failure.Invalid("algorithm_required", $"{contentField} means nothing without {algorithmField} (OpenID Connect Dynamic Registration 2).", contentField));
    }
}
