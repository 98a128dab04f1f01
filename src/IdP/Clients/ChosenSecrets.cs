using System.Globalization;
using IdP.Access;
using IdP.Protocol.Clients;

namespace IdP.Clients;

/// <summary>A secret that somebody chose, in clear or already hashed (see <see cref="SecretHasher"/>); exactly one of both.</summary>
public sealed record ChosenSecret(string? Value, string? Hash, string? Description = null, DateTimeOffset? ExpiresAt = null);

/// <summary>
/// Keeps the chosen secrets of a client or an API equal to a list. Generated ones (they have a hint) are left alone, so that a secret rotated
/// in the console survives the next start with a configuration file, while one taken out of the file stops working.
/// </summary>
internal static class ChosenSecrets
{
    public const int MaxSecrets = 10;
    private const int MinLength = 8, MaxLength = 200;

    public static IReadOnlyList<Failure> Check(IReadOnlyList<ChosenSecret> secrets, string field)
    {
        List<Failure> failures = [];
        if (secrets.Count > MaxSecrets)
            failures.Add(Failure.Invalid("too_many", $"At most {MaxSecrets} secrets are allowed.", field));
        for (var i = 0; i < secrets.Count; i++)
        {
            var (secret, at) = (secrets[i], string.Create(CultureInfo.InvariantCulture, $"{field}[{i}]"));
            if (secret.Value is null == secret.Hash is null)
                failures.Add(Failure.Invalid("bad_secret", "A secret has either a value or a hash.", at));
            else if (secret.Value is { } value && (value.Length is < MinLength or > MaxLength || value.Any(c => c is < ' ' or > '~')))
                failures.Add(Failure.Invalid("bad_secret", $"A secret has {MinLength} to {MaxLength} printable ASCII characters (RFC 6749).", at + ".value"));
            else if (secret.Hash is { } hash && !SecretHasher.IsHash(hash))
                failures.Add(Failure.Invalid("bad_secret", "This is no hash of a supported form: sha256$BASE64 or pbkdf2-sha256$ITERATIONS$SALT$BASE64.", at + ".hash"));
            else if (secrets.Take(i).Any(other => other.Value is not null && other.Value == secret.Value || other.Hash is not null && other.Hash == secret.Hash))
                failures.Add(Failure.Invalid("duplicate", "This secret is listed twice.", at));
            TextRules.Check(failures, secret.Description, 200, at + ".description");
        }
        return failures;
    }

    /// <summary>Changes the list in place and answers what changed, in words without the secrets.</summary>
    /// <param name="create">Makes the row of a hash and, when it was given, the value.</param>
    /// <param name="keep">Told of each secret that is there already; answers whether it now keeps more than its hash.</param>
    public static IReadOnlyList<string> Reconcile<T>(List<T> stored, IReadOnlyList<ChosenSecret> wanted, DateTimeOffset now, Func<string, string?, T> create, Func<T, string?, bool>? keep = null)
        where T : class, IStoredSecret
    {
        List<string> words = [];
        var left = stored.Where(secret => secret.Hint is null).ToList();
        foreach (var secret in wanted)
        {
            var match = left.FirstOrDefault(candidate => secret.Hash is not null ? candidate.Hash == secret.Hash : SecretHasher.Verify(candidate.Hash, secret.Value!)); // Check: one of both is set
            if (match is null)
            {
                match = create(secret.Hash ?? SecretHasher.HashChosen(secret.Value!), secret.Value); // Check: one of both is set
                (match.Description, match.ExpiresAt, match.CreatedAt) = (secret.Description, secret.ExpiresAt, now);
                stored.Add(match);
                words.Add($"{Name(match)}: add");
                continue;
            }
            left.Remove(match);
            if (keep?.Invoke(match, secret.Value) == true) words.Add($"{Name(match)}: keep encrypted, it signs");
            if (match.Description == secret.Description && match.ExpiresAt == secret.ExpiresAt) continue;
            (match.Description, match.ExpiresAt) = (secret.Description, secret.ExpiresAt);
            words.Add($"{Name(match)}: change");
        }
        foreach (var gone in left)
        {
            stored.Remove(gone);
            words.Add($"{Name(gone)}: remove");
        }
        return words;
    }

    private static string Name(IStoredSecret secret) => (secret.Description, secret.ExpiresAt) switch
    {
        (null, null) => "secret",
        ({ } description, null) => $"secret \"{description}\"",
        (var description, { } expiry) => string.Create(CultureInfo.InvariantCulture, $"secret{(description is null ? "" : $" \"{description}\"")} (until {expiry.UtcDateTime:yyyy-MM-dd HH:mm} UTC)"),
    };
}
