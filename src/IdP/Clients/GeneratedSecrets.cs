using IdP.Access;
using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>Secrets this provider makes, for clients and APIs alike.</summary>
internal static class GeneratedSecrets
{
    public static IReadOnlyList<Failure> Check(string? description, DateTimeOffset? expiresAt, DateTimeOffset now)
    {
        List<Failure> failures = [];
        TextRules.Check(failures, description, 200, "description");
        if (expiresAt <= now) failures.Add(Failure.Invalid("bad_expiry", "The expiry is in the past.", "expiresAt"));
        return failures;
    }

    public static T Create<T>(Func<string, T> create, string? description, DateTimeOffset? expiresAt, DateTimeOffset now, out string secret) where T : IStoredSecret
    {
        secret = SecretHasher.Generate();
        var stored = create(SecretHasher.HashGenerated(secret));
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
