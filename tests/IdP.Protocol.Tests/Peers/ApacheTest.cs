using System.Net;

namespace IdP.Protocol.Tests.Peers;

/// <summary>A fixture with Debian's Apache and mod_auth_openidc, which knows nothing of us but the standards and the address of our metadata.</summary>
public abstract class ApacheTest(DatabaseKind database) : ServerTest(database)
{
    private const string Scope = "openid profile email api.read offline_access";

    private readonly int port = LoopbackPort.Free();
    private Apache? apache;

    private protected Apache Apache => apache ?? throw new InvalidOperationException("Apache runs from the fixture's set-up to its tear-down.");

    private protected TestClient Client => new("apache", "apache-secret-0123456789", Apache.RedirectUriAt(port), Apache.LoggedOutUriAt(port));

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            { "clients": [{
              "clientId": "{{Client.ClientId}}", "clientName": "App behind Apache", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "{{Client.Secret}}" }],
              "allowedGrantTypes": ["authorization_code"], "requirePkce": true, "allowOfflineAccess": true, "requireConsent": false,
              "redirectUris": ["{{Client.RedirectUri}}"], "postLogoutRedirectUris": ["{{Client.PostLogoutRedirectUri}}"], "allowedScopes": ["openid", "profile", "email", "api.read"]{{MoreSettings(Apache.RedirectUriAt(port))}}
            }{{MoreClients}}] }
            """),
    };

    [OneTimeSetUp]
    public async Task StartApacheAsync() => apache = await Apache.StartAsync(port, Server.Origin, Client, Scope);

    [OneTimeTearDown]
    public async Task StopApacheAsync()
    {
        if (apache is not null) await apache.DisposeAsync();
    }

    /// <summary>More properties of the client's registration, each after a comma.</summary>
    /// <param name="redirectUri">Where the module takes everything.</param>
    protected virtual string MoreSettings(string redirectUri) => "";

    /// <summary>More clients as JSON objects, each after a comma.</summary>
    protected virtual string MoreClients => "";

    /// <summary>What the app behind Apache printed.</summary>
    private protected Dictionary<string, string> Read(Page page)
    {
        Assert.That((page.Url.Authority, page.Status), Is.EqualTo((Apache.Page.Authority, HttpStatusCode.OK)), $"{page.Url} {page.Body}{Environment.NewLine}{Apache.Log}");
        return page.Body.Split('\n').Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }
}
