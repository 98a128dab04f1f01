using IdP.Protocol.Clients;

namespace IdP.Protocol.Keys;

/// <summary>What the provider keeps keys for, as named in <see cref="SigningKey.Algorithm"/>. One key serves one algorithm (RFC 8725 3.1).</summary>
internal static class KeyAlgorithms
{
    /// <summary>Encrypts what only the provider itself reads: codes, refresh tokens, stored claims.</summary>
    public const string OwnTokens = "A256CBC-HS512";

    /// <summary>Published so that others can encrypt to the provider; the private half only decrypts.</summary>
    public const string Incoming = "RSA-OAEP";

    /// <summary>Makes pairwise subjects. It never rotates: another key would make every person a stranger to the apps that use them.</summary>
    public const string Pairwise = "pairwise";

    /// <summary>There from the first start on. Keys of the others are made when first needed.</summary>
    public static IReadOnlyList<string> Always { get; } = [SigningAlgorithms.RS256, SigningAlgorithms.ES256, OwnTokens, Pairwise];

    public static IReadOnlySet<string> All { get; } = new HashSet<string>([.. SigningAlgorithms.Supported, OwnTokens, Incoming, Pairwise], StringComparer.Ordinal);
}
