namespace IdP.Federation.Oidc;

/// <summary>What is remembered of a person on the way to another provider. It lies sealed in a cookie: no other browser can bring the answer.</summary>
/// <param name="Key">See <see cref="Upstream.Key"/>.</param>
/// <param name="Complete">The page that goes on with the identity.</param>
internal sealed record OidcAttempt(
    string Key, string State, string Nonce, string Verifier, string ReturnUrl, string Complete, string? ClientId, string? LinkTo, int? MaxAge, bool IsNewSignIn, DateTimeOffset At);
