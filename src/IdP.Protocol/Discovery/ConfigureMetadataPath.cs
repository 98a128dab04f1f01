using Microsoft.Extensions.Options;
using OpenIddict.Server;

namespace IdP.Protocol.Discovery;

/// <summary>RFC 8414 3.1: of an issuer with a path, the metadata is asked for with the well-known part between host and path.</summary>
internal sealed class ConfigureMetadataPath(IssuerUrl issuer) : IConfigureOptions<OpenIddictServerOptions>
{
    public void Configure(OpenIddictServerOptions options)
    {
        if (Uri.TryCreate(issuer.Issuer, UriKind.Absolute, out var uri) && uri.AbsolutePath.TrimEnd('/') is { Length: > 0 } path)
            options.ConfigurationEndpointUris.Add(new Uri("/.well-known/oauth-authorization-server" + path, UriKind.Relative));
    }
}
