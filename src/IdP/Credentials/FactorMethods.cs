namespace IdP.Credentials;

/// <summary>What a factor adds to the methods of a session (RFC 8176 2).</summary>
internal static class FactorMethods
{
    /// <summary>A one-time password, from an app or from paper: the second factor of two.</summary>
    public static IReadOnlyList<string> Code { get; } = ["otp", "mfa"];
}
