using IdP.Protocol.Resources;

namespace IdP.Resources;

/// <summary>What an administrator decides about an identity resource.</summary>
public sealed class IdentityResourceSettings
{
    public string? DisplayName { get; set; }
    public string? Description { get; set; }
    public bool Enabled { get; set; } = true;
    public bool Required { get; set; }
    public bool Emphasize { get; set; }
    public bool ShowInDiscoveryDocument { get; set; } = true;
    public List<string> UserClaims { get; set; } = [];

    public static IdentityResourceSettings From(IdentityResource resource) => new()
    {
        DisplayName = resource.DisplayName,
        Description = resource.Description,
        Enabled = resource.Enabled,
        Required = resource.Required,
        Emphasize = resource.Emphasize,
        ShowInDiscoveryDocument = resource.ShowInDiscoveryDocument,
        UserClaims = [.. resource.UserClaims],
    };
}

/// <summary>What an administrator decides about an API scope.</summary>
public sealed class ApiScopeSettings
{
    public string? DisplayName { get; set; }
    public string? Description { get; set; }
    public bool Enabled { get; set; } = true;
    public bool Required { get; set; }
    public bool Emphasize { get; set; }
    public bool ShowInDiscoveryDocument { get; set; } = true;
    public bool AllowPersonalAccessTokens { get; set; }
    public List<string> UserClaims { get; set; } = [];

    public static ApiScopeSettings From(ApiScope scope) => new()
    {
        DisplayName = scope.DisplayName,
        Description = scope.Description,
        Enabled = scope.Enabled,
        Required = scope.Required,
        Emphasize = scope.Emphasize,
        ShowInDiscoveryDocument = scope.ShowInDiscoveryDocument,
        AllowPersonalAccessTokens = scope.AllowPersonalAccessTokens,
        UserClaims = [.. scope.UserClaims],
    };
}

/// <summary>What an administrator decides about an API.</summary>
public sealed class ApiResourceSettings
{
    public string? DisplayName { get; set; }
    public string? Description { get; set; }
    public bool Enabled { get; set; } = true;
    public List<string> Scopes { get; set; } = [];
    public List<string> UserClaims { get; set; } = [];
    public bool RequireResourceIndicator { get; set; }
    public string? Jwks { get; set; }
    public string? JwksUri { get; set; }
    public string? AccessTokenEncryptedResponseAlg { get; set; }
    public string? AccessTokenEncryptedResponseEnc { get; set; }
    public string? IntrospectionSignedResponseAlg { get; set; }
    public string? IntrospectionEncryptedResponseAlg { get; set; }
    public string? IntrospectionEncryptedResponseEnc { get; set; }

    public static ApiResourceSettings From(ApiResource resource) => new()
    {
        DisplayName = resource.DisplayName,
        Description = resource.Description,
        Enabled = resource.Enabled,
        Scopes = [.. resource.Scopes],
        UserClaims = [.. resource.UserClaims],
        RequireResourceIndicator = resource.RequireResourceIndicator,
        Jwks = resource.Jwks,
        JwksUri = resource.JwksUri,
        AccessTokenEncryptedResponseAlg = resource.AccessTokenEncryptedResponseAlg,
        AccessTokenEncryptedResponseEnc = resource.AccessTokenEncryptedResponseEnc,
        IntrospectionSignedResponseAlg = resource.IntrospectionSignedResponseAlg,
        IntrospectionEncryptedResponseAlg = resource.IntrospectionEncryptedResponseAlg,
        IntrospectionEncryptedResponseEnc = resource.IntrospectionEncryptedResponseEnc,
    };
}
