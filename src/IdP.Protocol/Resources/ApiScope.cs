using IdP.Protocol.Storage;

namespace IdP.Protocol.Resources;

/// <summary>A permission an app can ask for at an API.</summary>
public sealed class ApiScope : IVersioned
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>The scope value.</summary>
    public required string Name { get; set; }

    public string? DisplayName { get; set; }
    public string? Description { get; set; }
    public bool Enabled { get; set; } = true;
    public bool Required { get; set; }
    public bool Emphasize { get; set; }
    public bool ShowInDiscoveryDocument { get; set; } = true;

    /// <summary>Whether people may give it to tokens that they make for themselves.</summary>
    public bool AllowPersonalAccessTokens { get; set; }

    /// <summary>Claim types about the person that go into access tokens with this scope.</summary>
    public List<string> UserClaims { get; set; } = [];

    public int Version { get; set; }
}
