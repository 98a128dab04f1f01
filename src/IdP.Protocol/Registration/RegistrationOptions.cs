using System.ComponentModel.DataAnnotations;
using IdP.Protocol.Clients;

namespace IdP.Protocol.Registration;

/// <summary>Who may register clients at run time.</summary>
public enum RegistrationMode
{
    /// <summary>Nobody: the endpoint does not exist.</summary>
    Off,

    /// <summary>Holders of an initial access token (RFC 7591 1.2).</summary>
    InitialAccessToken,

    /// <summary>Everybody.</summary>
    Open,
}

/// <summary>Section <c>DynamicRegistration</c>: what dynamic client registration (RFC 7591, RFC 7592) allows.</summary>
public sealed class RegistrationOptions : IValidatableObject
{
    /// <summary><c>Off</c> (default), <c>InitialAccessToken</c> or <c>Open</c>.</summary>
    [EnumDataType(typeof(RegistrationMode), ErrorMessage = "DynamicRegistration:{0} must be Off, InitialAccessToken or Open.")]
    public RegistrationMode Mode { get; set; } = RegistrationMode.Off;

    /// <summary>Values of <c>grant_types</c> that registered clients may have. Default authorization_code and refresh_token.</summary>
    public List<string> AllowedGrantTypes { get; set; } = [];

    /// <summary>Scopes that registered clients may have. Default: those about the person (all identity resources), no API.</summary>
    public List<string> AllowedScopes { get; set; } = [];

    /// <summary>Whether people are asked for consent before a registered client gets anything. Default true.</summary>
    public bool RequireConsent { get; set; } = true;

    /// <summary>Whether confidential registered clients must use PKCE; public ones always do. Default true.</summary>
    public bool RequirePkce { get; set; } = true;

    /// <summary>Whether a registration needs a software statement (RFC 7591 2.3) of one of the <see cref="SoftwareStatementIssuers"/>. Default false.</summary>
    public bool RequireSoftwareStatement { get; set; }

    /// <summary>Who may vouch for software. Default nobody.</summary>
    public List<SoftwareStatementIssuer> SoftwareStatementIssuers { get; set; } = [];

    /// <summary>Registrations from one network address in an hour, per node. Default 20.</summary>
    [Range(1, 100_000)]
    public int MaxPerSource { get; set; } = 20;

    /// <summary>Registered clients there may be at a time. Default 10000.</summary>
    [Range(1, 10_000_000)]
    public int MaxClients { get; set; } = 10_000;

    internal IEnumerable<string> GrantTypesAllowed => AllowedGrantTypes.Count > 0 ? AllowedGrantTypes : [GrantTypes.AuthorizationCode, GrantTypes.RefreshToken];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var grant in AllowedGrantTypes)
            if (grant != GrantTypes.RefreshToken && (grant == GrantTypes.Hybrid || !GrantTypes.Supported.Contains(grant)))
                yield return new($"DynamicRegistration:AllowedGrantTypes has \"{grant}\", which is no grant type of this provider.");
        foreach (var issuer in SoftwareStatementIssuers)
            if (string.IsNullOrEmpty(issuer.Issuer) || issuer.Jwks is null == issuer.JwksUri is null || issuer.Jwks is not null && PublicKeySet.Problem(issuer.Jwks) is not null)
                yield return new("Each of DynamicRegistration:SoftwareStatementIssuers needs an Issuer and either Jwks (a JWK set with public keys, as text) or JwksUri.");
        if (RequireSoftwareStatement && SoftwareStatementIssuers.Count == 0)
            yield return new("DynamicRegistration:RequireSoftwareStatement needs DynamicRegistration:SoftwareStatementIssuers.");
    }
}

/// <summary>Somebody whose signature under a software statement is believed.</summary>
public sealed class SoftwareStatementIssuer
{
    /// <summary>The <c>iss</c> of its statements.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Its public keys as a JWK set, as text.</summary>
    public string? Jwks { get; set; }

    /// <summary>Where it publishes its JWK set.</summary>
    public string? JwksUri { get; set; }
}
