using IdP.Access;
using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>How a client's secrets are stored: as a hash, and encrypted as well where its registration uses them as HMAC keys.</summary>
public sealed class ClientSecretStorage(RecoverableSecrets recoverable)
{
    /// <summary>As many random bytes as the strongest HMAC algorithm wants (RFC 7518 3.2).</summary>
    internal const int SigningSecretBytes = 64;

    /// <summary>The answer to a client whose secrets are known by their hashes alone.</summary>
    internal static readonly Failure NoneSigns = Failure.Invalid("secret_required", "This client's secret is an HMAC key (client_secret_jwt or HS256), and only hashes of its secrets are stored: give a secret's value.", "clientSecrets");

    /// <summary>Whether a secret can serve as HMAC key now.</summary>
    internal static bool Signs(ClientSecret secret, DateTimeOffset now) => secret.ProtectedValue is not null && secret.IsValidAt(now);

    internal Func<string, string?, ClientSecret> For(Client client, bool signs) => (hash, value) => new ClientSecret
    {
        ClientKey = client.Id,
        Hash = hash,
        ProtectedValue = signs && value is not null ? recoverable.Protect(value) : null,
    };

    /// <summary>Keeps the value of a secret that is known only by its hash so far. Answers whether that changed anything.</summary>
    internal bool Keep(ClientSecret secret, string? value)
    {
        if (!IsToKeep(secret, value)) return false;
        secret.ProtectedValue = recoverable.Protect(value!); // IsToKeep: there is one
        return true;
    }

    internal static bool IsToKeep(ClientSecret secret, string? value) => value is not null && secret.ProtectedValue is null;

    /// <summary>A generated secret for this client, in the length its registration needs.</summary>
    internal ClientSecret Generate(Client client, bool signs, string? description, DateTimeOffset? expiresAt, DateTimeOffset now, out string value) =>
        GeneratedSecrets.Create(For(client, signs), description, expiresAt, now, out value, signs ? SigningSecretBytes : GeneratedSecrets.Bytes);
}
