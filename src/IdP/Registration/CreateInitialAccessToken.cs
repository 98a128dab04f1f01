using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Protocol.Clients;
using IdP.Protocol.Registration;
using IdP.Resources;

namespace IdP.Registration;

/// <summary>A new initial access token, in clear only here.</summary>
public sealed record IssuedToken(InitialAccessToken Token, string Value);

public sealed class CreateInitialAccessToken(IdpDbContext db, Actor actor, AuditLog audit, ScopeNames scopeNames, TimeProvider clock)
{
    private const int MaxUses = 1_000_000;

    /// <param name="uses">How many clients may be registered with it; null for any number.</param>
    /// <param name="grantTypes">Grant types (as in RFC 7591) its clients may have; empty for those of the registration policy.</param>
    /// <param name="scopes">Scopes its clients may have; empty for those of the registration policy.</param>
    public async Task<Outcome<IssuedToken>> ExecuteAsync(string? description, int? uses, DateTimeOffset? expiresAt, IReadOnlyList<string> grantTypes, IReadOnlyList<string> scopes, CancellationToken ct)
    {
        if (actor.Refusal() is { } refusal) return refusal;
        var now = clock.GetUtcNow();
        List<Failure> failures = [];
        TextRules.Check(failures, description, 200, "description");
        if (uses is < 1 or > MaxUses) failures.Add(Failure.Invalid("bad_uses", $"A token is for 1 to {MaxUses} registrations.", "uses"));
        if (expiresAt <= now) failures.Add(Failure.Invalid("bad_expiry", "The expiry is in the past.", "expiresAt"));
        var known = await scopeNames.AllAsync(ct);
        if (scopes.FirstOrDefault(scope => !known.Contains(scope)) is { } unknown) failures.Add(Failure.Invalid("unknown_scope", $"There is no scope \"{unknown}\".", "scopes"));
        if (grantTypes.FirstOrDefault(grant => grant != GrantTypes.RefreshToken && (grant == GrantTypes.Hybrid || !GrantTypes.Supported.Contains(grant))) is { } strange)
            failures.Add(Failure.Invalid("unsupported", $"There is no grant type \"{strange}\".", "grantTypes"));
        if (Failure.Several(failures) is { } invalid) return invalid;

        var value = RegistrationHandles.New();
        var token = new InitialAccessToken
        {
            Hash = RegistrationHandles.Hash(value),
            Description = description,
            RemainingUses = uses,
            ExpiresAt = expiresAt,
            AllowedGrantTypes = [.. grantTypes],
            AllowedScopes = [.. scopes],
            CreatedAt = now,
        };
        db.InitialAccessTokens.Add(token);
        audit.Record("initial_access_token.created", "initial_access_token", token.Id.ToString(), new { description, uses, expiresAt, grantTypes, scopes });
        if (await db.SaveAsync("initial access token", ct) is { } conflict) return conflict;
        return new IssuedToken(token, value);
    }
}
