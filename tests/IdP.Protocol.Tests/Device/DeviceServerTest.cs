using IdP.Testing;

namespace IdP.Protocol.Tests.Device;

/// <summary>A server with clients that may use the device grant.</summary>
public abstract class DeviceServerTest(DatabaseKind database) : ServerTest(database)
{
    /// <summary>Public, refresh tokens.</summary>
    protected static readonly TestClient Tv = new("tv");

    /// <summary>Confidential, its codes live a minute.</summary>
    protected static readonly TestClient Printer = new("printer", "printer-secret");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "tv", "clientName": "Living-room TV", "applicationType": "device", "tokenEndpointAuthMethod": "none", "allowOfflineAccess": true,
                "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid", "profile", "api.read"] },
              { "clientId": "printer", "clientName": "Printer", "applicationType": "device", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "printer-secret" }],
                "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid", "api.read"], "deviceCodeLifetime": 60 }
            ] }
            """),
    };
}
