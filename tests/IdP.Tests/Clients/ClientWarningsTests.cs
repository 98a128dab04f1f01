using IdP.Clients;
using IdP.Protocol.Clients;

namespace IdP.Tests.Clients;

public sealed class ClientWarningsTests
{
    private static IEnumerable<string> CodesOf(Action<Client> change)
    {
        var client = new Client { ClientId = "app", AllowedGrantTypes = [GrantTypes.AuthorizationCode] };
        change(client);
        return ClientWarnings.Of(client).Select(warning => warning.Code);
    }

    [Test]
    public void The_settings_a_new_client_of_any_kind_starts_with_need_no_warning([Values] ApplicationType type)
    {
        var settings = ClientDefaults.For(type);

        Assert.That(CodesOf(client => (client.AllowedGrantTypes, client.TokenEndpointAuthMethod, client.RequirePkce) = (settings.AllowedGrantTypes, settings.TokenEndpointAuthMethod, settings.RequirePkce)), Is.Empty);
    }

    [Test]
    public void Every_setting_weaker_than_recommended_is_named()
    {
        Assert.Multiple(() =>
        {
            Assert.That(CodesOf(client => client.AllowedGrantTypes = [GrantTypes.Password]), Is.EqualTo(new[] { "password_grant" }));
            Assert.That(CodesOf(client => client.AllowedGrantTypes = [GrantTypes.Implicit]), Is.EqualTo(new[] { "implicit_grant" }));
            Assert.That(CodesOf(client => (client.AllowedGrantTypes, client.AllowAccessTokensViaBrowser) = ([GrantTypes.Hybrid], true)), Is.EqualTo(new[] { "browser_access_tokens" }));
            Assert.That(CodesOf(client => client.AllowedGrantTypes = [GrantTypes.Hybrid]), Is.Empty);
            Assert.That(CodesOf(client => client.RequirePkce = false), Is.EqualTo(new[] { "pkce_optional" }));
            Assert.That(CodesOf(client => (client.AllowedGrantTypes, client.RequirePkce) = ([GrantTypes.ClientCredentials], false)), Is.Empty, "there is no code to protect");
            Assert.That(CodesOf(client => client.RefreshTokenReuseGrace = 10), Is.EqualTo(new[] { "refresh_grace" }));
        });
    }
}
