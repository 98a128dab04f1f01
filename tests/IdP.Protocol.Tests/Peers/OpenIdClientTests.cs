namespace IdP.Protocol.Tests.Peers;

public sealed class OpenIdClientTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly string[] AllSteps =
        ["discovery", "code", "userinfo", "refresh", "client-credentials", "introspection", "revocation", "single-sign-on", "logout", "signed-out"];

    [Test]
    public async Task A_relying_party_that_knows_only_the_standards_gets_through_its_whole_life()
    {
        var run = await IdP.Testing.Peers.RunAsync("relying-party.mjs", new Dictionary<string, string>
        {
            ["ISSUER"] = Server.Origin.AbsoluteUri.TrimEnd('/'),
            ["CLIENT_ID"] = TestClients.Web.ClientId,
            ["CLIENT_SECRET"] = TestClients.Web.Secret!,
            ["REDIRECT_URI"] = TestClients.Web.RedirectUri!,
            ["POST_LOGOUT_REDIRECT_URI"] = TestClients.Web.PostLogoutRedirectUri!,
            ["SCOPE"] = "openid profile email api.read offline_access",
            ["MACHINE_ID"] = TestClients.Machine.ClientId,
            ["MACHINE_SECRET"] = TestClients.Machine.Secret!,
            ["MACHINE_SCOPE"] = "api.read",
            ["RESOURCE_ID"] = TestClients.Api.ClientId,
            ["RESOURCE_SECRET"] = TestClients.Api.Secret!,
            ["USER_NAME"] = TestUsers.Alice.UserName,
            ["USER_PASSWORD"] = TestUsers.Alice.Password,
        });

        Assert.That(run.Steps, Is.EqualTo(AllSteps), run.ToString());
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
    }
}
