namespace IdP.Protocol.PersonalTokens;

/// <summary>Seam to the product: the tokens that people make for their scripts. No client has them, and no endpoint issues them.</summary>
public interface IPersonalTokens
{
    /// <param name="text">What was shown, with the form of one (<see cref="PersonalTokenText.IsIntact"/>).</param>
    /// <returns>Null when there is none, or it does not count now: it has ended, or its person may have no tokens.</returns>
    Task<FoundPersonalToken?> FindAsync(string text, CancellationToken ct);

    /// <summary>It was shown where it is good for something.</summary>
    ValueTask UsedAsync(FoundPersonalToken token, CancellationToken ct);
}

/// <param name="Subject">Whose it is.</param>
/// <param name="Scopes">What its person gave it; what of that is worth something now is said by the scopes.</param>
public sealed record FoundPersonalToken(Guid Id, string Subject, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt);
