using IdP.Protocol.Storage;

namespace IdP.Protocol.Token;

/// <summary>Somebody whose signed word about a person is taken for a grant (RFC 7523 2.1): an assertion of it becomes an access token.</summary>
public sealed class AssertionIssuer : IVersioned
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>The <c>iss</c> of its assertions.</summary>
    public required string Issuer { get; set; }

    public bool Enabled { get; set; } = true;

    /// <summary>Its public keys as a JWK set, by value. Not with <see cref="JwksUri"/>.</summary>
    public string? Jwks { get; set; }

    public string? JwksUri { get; set; }

    /// <summary>How <c>sub</c> names a person here, see <see cref="AssertionSubjects"/>.</summary>
    public string Subject { get; set; } = AssertionSubjects.UserName;

    /// <summary>Clients that may present its assertions (<c>client_id</c>); empty: nobody.</summary>
    public List<string> AllowedClients { get; set; } = [];

    public int Version { get; set; }
}

/// <summary>What the <c>sub</c> of an assertion is.</summary>
public static class AssertionSubjects
{
    /// <summary>The subject as this provider issues it.</summary>
    public const string Subject = "sub";

    public const string UserName = "user_name";

    public static IReadOnlySet<string> Supported { get; } = new HashSet<string>(StringComparer.Ordinal) { Subject, UserName };
}
