using IdP.Protocol.Tests.Authorize;

namespace IdP.Protocol.Tests.Token;

/// <summary>RFC 7636 and RFC 9700 2.1.1: a challenge that was sent binds its code, whatever the client's setting, and none can be added or taken away on the way.</summary>
public sealed class PkceTests(DatabaseKind database) : FrontChannelTest(database)
{
    private static readonly (string, string?)[] NoChallenge = [("code_challenge", null), ("code_challenge_method", null)];

    private static List<KeyValuePair<string, string>> Form(AuthorizationAnswer answer, RelyingParty app, string? verifier) =>
        [new("grant_type", "authorization_code"), new("code", answer.Code), new("redirect_uri", app.RedirectUri), .. verifier is null ? [] : new[] { KeyValuePair.Create("code_verifier", verifier) }];

    [Test]
    public async Task A_confidential_client_whose_challenge_is_optional_gets_tokens_without_one()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.OptionalPkce);
        var answer = await app.AuthorizeAsync(browser, "openid", TestUsers.Alice, Asking("code", NoChallenge));

        var tokens = (await app.TokenAsync(Form(answer, app, null))).Expected();

        Assert.That(tokens.IdToken, Is.Not.Null);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("wrong-verifier-of-43-characters-at-the-least")]
    [TestCase("short")]
    [TestCase("42-characters-are-one-too-few-to-be-enough")]
    public async Task A_code_with_a_challenge_is_worth_nothing_without_its_verifier_even_where_the_challenge_is_optional(string? verifier)
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.OptionalPkce);
        var answer = await app.AuthorizeAsync(browser, "openid", TestUsers.Alice);

        var refused = await app.TokenAsync(Form(answer, app, verifier));

        Assert.That(refused.Error, Is.EqualTo("invalid_grant"), refused.Body);
        Assert.That(refused.AccessToken, Is.Null);
    }

    [Test]
    public async Task A_verifier_of_129_characters_is_refused()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.OptionalPkce);
        var pkce = Pkce.From(new string('x', 129));
        var answer = await app.AuthorizeAsync(browser, "openid", TestUsers.Alice, Asking("code", ("code_challenge", pkce.Challenge)));

        Assert.That((await app.TokenAsync(Form(answer, app, pkce.Verifier))).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_code_without_a_challenge_takes_no_verifier()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(OlderClients.OptionalPkce);
        var answer = await app.AuthorizeAsync(browser, "openid", TestUsers.Alice, Asking("code", NoChallenge));

        Assert.That((await app.TokenAsync(Form(answer, app, answer.Request.Verifier))).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task A_public_client_needs_a_challenge_even_when_its_row_says_otherwise()
    {
        await Server.WithDatabaseAsync(async db =>
        {
            db.Clients.Add(new()
            {
                ClientId = "careless", TokenEndpointAuthMethod = "none", AllowedGrantTypes = ["authorization_code", "hybrid"], RequirePkce = false, AllowAccessTokensViaBrowser = true,
                RedirectUris = ["https://careless.example.test/cb"], AllowedScopes = ["openid"],
            });
            return await db.SaveChangesAsync();
        });
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(new TestClient("careless", null, "https://careless.example.test/cb"));

        foreach (var responseType in new[] { "code", "code id_token", "code token", "code id_token token" })
            Assert.That((await browser.GetAsync(app.NewRequest("openid", Asking(responseType, NoChallenge)).Url)).LocationParameters["error"], Is.EqualTo("invalid_request"), responseType);
    }
}
