using IdP.Access;
using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>Secrets this provider makes, for clients and APIs alike.</summary>
internal static class GeneratedSecrets
{
    /// <summary>Random bytes of a secret that only proves itself.</summary>
    public const int Bytes = 32;

    public static IReadOnlyList<Failure> Check(string? description, DateTimeOffset? expiresAt, DateTimeOffset now)
    {
        List<Failure> failures = [];
        TextRules.Check(failures, description, 200, "description");
        if (expiresAt <= now) failures.Add(Failure.Invalid("bad_expiry", "The expiry is in the past.", "expiresAt"));
        return failures;
    }

    /// <param name="create">Makes the row of a hash and a value.</param>
    public static T Create<T>(Func<string, string?, T> create, string? description, DateTimeOffset? expiresAt, DateTimeOffset now, out string secret, int bytes = Bytes) where T : IStoredSecret
    {
        secret = SecretHasher.Generate(bytes);
        var stored = create(SecretHasher.HashGenerated(secret), secret);
        (stored.Hint, stored.Description, stored.ExpiresAt, stored.CreatedAt) = (SecretHasher.Hint(secret), description, expiresAt, now);
        return stored;
    }

    /// <summary>Rotation: what is there now ends at the given time at the latest.</summary>
    public static void ExpireAt(IEnumerable<IStoredSecret> secrets, DateTimeOffset? end)
    {
        if (end is null) return;
        foreach (var secret in secrets.Where(secret => secret.ExpiresAt is null || secret.ExpiresAt > end))
            secret.ExpiresAt = end;
    }
}
