namespace IdP.Tests.Federation.Oidc;

/// <summary>Another installation of this product as the upstream provider: pushed requests, a key that it fetches from here, ES256.</summary>
[OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed class OwnUpstreamTests(DatabaseKind database) : OidcServerTest(database)
{
    [Test]
    public async Task Its_people_come_in_and_prove_the_account_they_have_here()
    {
        await using var sister = await ServerUnderTest.StartAsync(new ServerSettings(DatabaseKind.Sqlite)
        {
            More = new Dictionary<string, string> { ["OutboundHttp:Timeout"] = Patience },
            Configuration = TestConfiguration.With($$"""
                { "clients": [{ "clientId": "idp", "tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": "{{new Uri(Server.Origin, "/signin/upstream/sister/jwks")}}", "requirePushedAuthorization": true,
                    "allowedGrantTypes": ["authorization_code"], "redirectUris": ["{{new Uri(Server.Origin, "/signin/upstream/sister/callback")}}"], "allowedScopes": ["openid", "profile", "email"],
                    "idTokenSignedResponseAlg": "ES256", "requireConsent": false }] }
                """),
        });
        await AddProviderAsync("sister", sister.Origin.GetLeftPart(UriPartial.Authority), p => (p.AllowedDomains, p.TokenEndpointAuthMethod) = (["example.test"], "private_key_jwt"));
        var (here, there) = (Server.NewBrowser(), sister.NewBrowser()); // one host name: each has cookies of its own

        var way = await here.GetAsync(StartUrl("sister"));
        var signIn = await there.OpenAsync(way.Location!.AbsoluteUri);
        var back = await there.FollowAsync(await there.SignInAsync(signIn, TestUsers.Alice.UserName, TestUsers.Alice.Password));
        var asked = await here.OpenAsync(back.Location!.AbsoluteUri);
        Assert.That(asked.Url.AbsolutePath, Is.EqualTo("/signin/link"), Refusals);
        var done = await here.FollowAsync(await here.SubmitAsync(asked.FormWith("password"), [new("password", TestUsers.Alice.Password)]));

        Assert.That(way.LocationParameters.Keys, Is.EquivalentTo(new[] { "client_id", "request_uri" }));
        Assert.That((done.Url.AbsolutePath, await IsSignedInAsync(here)), Is.EqualTo(("/account", true)));
    }
}
