namespace IdP.Protocol.Claims;

/// <summary>
/// A single claim among the things a person consents to, beside scopes: written as <c>claim</c>, a space and its name, which no scope can look like (RFC 6749 3.3).
/// </summary>
public static class ConsentItem
{
    private const string Prefix = "claim ";

    public static string ForClaim(string name) => Prefix + name;

    /// <summary>The claim's name; null when the item is a scope.</summary>
    public static string? ClaimOf(string item) => item.StartsWith(Prefix, StringComparison.Ordinal) ? item[Prefix.Length..] : null;
}
