using IdP.Protocol.Storage;

namespace IdP.Protocol.Resources;

/// <summary>A scope that stands for claims about the person, such as <c>profile</c> (OpenID Connect Core 5.4).</summary>
public sealed class IdentityResource : IVersioned
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>The scope value.</summary>
    public required string Name { get; set; }

    public string? DisplayName { get; set; }
    public string? Description { get; set; }
    public bool Enabled { get; set; } = true;

    /// <summary>Whether the person cannot leave it out on the consent page.</summary>
    public bool Required { get; set; }

    /// <summary>Whether the consent page marks it as important.</summary>
    public bool Emphasize { get; set; }

    public bool ShowInDiscoveryDocument { get; set; } = true;

    /// <summary>Claim types released with this scope.</summary>
    public List<string> UserClaims { get; set; } = [];

    public int Version { get; set; }
}
