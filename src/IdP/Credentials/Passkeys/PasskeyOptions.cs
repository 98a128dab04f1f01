using System.ComponentModel.DataAnnotations;

namespace IdP.Credentials.Passkeys;

/// <summary>Section <c>Passkeys</c>.</summary>
public sealed class PasskeyOptions : IValidatableObject
{
    /// <summary>
    /// The relying party id (WebAuthn 5.1.2): the domain that passkeys belong to. Default the host of <c>Issuer</c>. A parent domain of it lets passkeys be used on
    /// sister sites too. Passkeys made for one id do not work for another, so choose once.
    /// </summary>
    public string? RelyingPartyId { get; set; }

    /// <summary>How long a person may take over the browser's dialog. Default 5 minutes, at least 30 seconds, at most 10 minutes.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether the browser shall ask the authenticator who made it: <c>none</c>, <c>indirect</c>, <c>direct</c> or <c>enterprise</c> (WebAuthn 5.4.7). Default <c>none</c>.</summary>
    public string Attestation { get; set; } = "none";

    /// <summary>Models that may be registered, as AAGUIDs. Default none: every model.</summary>
    public List<Guid> AllowedModels { get; set; } = [];

    /// <summary>
    /// File with the root certificates (PEM) of the makers whose authenticators may be registered. With it each new passkey must come with an attestation that leads to one of them (WebAuthn 7.1), which also proves its
    /// model; <see cref="Attestation"/> must be <c>direct</c> or <c>enterprise</c>. Synced passkeys have none and are refused then. Read at start. Default none: nothing is verified.
    /// </summary>
    public string? AttestationRoots { get; set; }

    /// <summary>How many a person may have. Default 20.</summary>
    [Range(1, 100, ErrorMessage = "Passkeys:{0} must be between {1} and {2}.")] public int MaxPerPerson { get; set; } = 20;

    /// <summary>What is used where the provider has this issuer.</summary>
    internal string RelyingPartyFor(Uri issuer) => string.IsNullOrEmpty(RelyingPartyId) ? issuer.Host : RelyingPartyId;

    /// <summary>WebAuthn 5.1.2: the host itself, or a domain that it belongs to.</summary>
    internal bool Covers(Uri issuer) => RelyingPartyFor(issuer) is var id && (issuer.Host == id || issuer.Host.EndsWith("." + id, StringComparison.OrdinalIgnoreCase));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Timeout < TimeSpan.FromSeconds(30) || Timeout > TimeSpan.FromMinutes(10)) yield return new("Passkeys:Timeout must be between 30 seconds and 10 minutes.");
        if (Attestation is not ("none" or "indirect" or "direct" or "enterprise")) yield return new("Passkeys:Attestation must be none, indirect, direct or enterprise.");
        if (!string.IsNullOrEmpty(RelyingPartyId) && Uri.CheckHostName(RelyingPartyId) is not UriHostNameType.Dns) yield return new("Passkeys:RelyingPartyId must be a domain name, such as example.com.");
    }
}
