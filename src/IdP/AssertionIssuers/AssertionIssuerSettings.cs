using IdP.Protocol.Token;

namespace IdP.AssertionIssuers;

/// <summary>Everything about an assertion issuer that an administrator decides, with the values a new one starts with.</summary>
public sealed class AssertionIssuerSettings
{
    public bool Enabled { get; set; } = true;
    public string? Jwks { get; set; }
    public string? JwksUri { get; set; }
    public string Subject { get; set; } = AssertionSubjects.UserName;
    public List<string> AllowedClients { get; set; } = [];

    public static AssertionIssuerSettings From(AssertionIssuer issuer) => new()
    {
        Enabled = issuer.Enabled,
        Jwks = issuer.Jwks,
        JwksUri = issuer.JwksUri,
        Subject = issuer.Subject,
        AllowedClients = [.. issuer.AllowedClients],
    };
}
