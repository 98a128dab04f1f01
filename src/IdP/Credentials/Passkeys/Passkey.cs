using Microsoft.AspNetCore.Identity;

namespace IdP.Credentials.Passkeys;

/// <summary>A passkey (WebAuthn Level 3) of a person: Identity's row with our columns.</summary>
public sealed class Passkey : IdentityUserPasskey<Guid>
{
    public DateTimeOffset? LastUsedAt { get; set; }

    /// <summary>The model of the authenticator as it names itself (WebAuthn 6.5.1); null for one that does not say.</summary>
    public Guid? Aaguid { get; set; }
}
