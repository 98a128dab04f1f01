using IdP.Protocol.Authorize;
using Microsoft.Extensions.Options;
using OpenIddict.Server;

namespace IdP.Protocol.Par;

/// <summary>Tells the engine whether pushed requests exist and how long it keeps them.</summary>
internal sealed class ConfigurePushedRequests(IOptions<PushedAuthorizationOptions> pushed) : IConfigureOptions<OpenIddictServerOptions>
{
    public void Configure(OpenIddictServerOptions options)
    {
        if (pushed.Value.Enabled) options.PushedAuthorizationEndpointUris.Add(new Uri(ProtocolPaths.PushedAuthorization, UriKind.Relative));
        options.RequirePushedAuthorizationRequests = pushed.Value.Required;
        // Kept as long as a person may take with the pages; by when it has to be brought first is another matter (RestorePushedRequest).
        options.RequestTokenLifetime = TimeSpan.FromSeconds(pushed.Value.Lifetime) + InteractionState.Lifetime;
    }
}
