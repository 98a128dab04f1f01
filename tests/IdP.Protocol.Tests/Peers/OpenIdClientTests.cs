namespace IdP.Protocol.Tests.Peers;

/// <summary>npm's openid-client, one script per journey (<c>tests/peers</c>); a step that the script does not report was not as it must be.</summary>
public sealed class OpenIdClientTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task A_relying_party_that_knows_only_the_standards_gets_through_its_whole_life() => await AssertJourneyAsync(
        "relying-party.mjs",
        ["discovery", "code", "userinfo", "refresh", "client-credentials", "introspection", "revocation", "single-sign-on", "logout", "signed-out"],
        new()
        {
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
        });

    private async Task AssertJourneyAsync(string script, string[] steps, Dictionary<string, string> environment)
    {
        environment["ISSUER"] = Server.Origin.AbsoluteUri.TrimEnd('/');
        environment["USER_NAME"] = TestUsers.Alice.UserName;
        environment["USER_PASSWORD"] = TestUsers.Alice.Password;

        var run = await IdP.Testing.Peers.RunAsync(script, environment);

        Assert.That(run.Steps, Is.EqualTo(steps), run.ToString());
        Assert.That(run.ExitCode, Is.Zero, run.ToString());
    }
}
