using OpenIddict.Server;

namespace IdP.Protocol.Token;

/// <summary>The endpoints that programs call with a form and the client's authentication, never a browser's address bar.</summary>
internal static class ProgramEndpoints
{
    public static bool Contains(OpenIddictServerEndpointType endpoint) => endpoint is OpenIddictServerEndpointType.Token or OpenIddictServerEndpointType.Introspection or OpenIddictServerEndpointType.Revocation
        or OpenIddictServerEndpointType.DeviceAuthorization or OpenIddictServerEndpointType.PushedAuthorization;
}
