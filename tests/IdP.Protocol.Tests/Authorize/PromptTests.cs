using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Authorize;

public sealed class PromptTests(DatabaseKind database) : ServerTest(database)
{
    [TestCase("prompt", "login")]
    [TestCase("max_age", "0")]
    public async Task A_demand_for_a_new_authentication_asks_once_and_then_completes(string name, string value)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var first = await web.SignInAsync(browser, "openid", TestUsers.Alice);
        Server.Clock.Advance(TimeSpan.FromSeconds(5));

        var request = web.NewRequest("openid", [new KeyValuePair<string, string?>(name, value)]);
        var page = await browser.OpenAsync(request.Url);
        Assert.That(page.AsksToSignIn, Is.True, "the sign-in page is shown although there is a session");
        var after = await browser.FollowAsync(await browser.SignInAsync(page, TestUsers.Alice.UserName, TestUsers.Alice.Password));

        var second = (await web.ExchangeCodeAsync(new AuthorizationAnswer(request, after.LocationParameters))).Expected();
        Assert.That(long.Parse(Jwt.Parse(second.IdToken!).Text("auth_time")!, null), Is.GreaterThan(long.Parse(Jwt.Parse(first.IdToken!).Text("auth_time")!, null)));
    }

    [Test]
    public async Task Prompt_none_with_a_session_answers_silently_with_the_same_authentication()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var first = Jwt.Parse((await web.SignInAsync(browser, "openid", TestUsers.Alice)).IdToken!);

        var silent = Jwt.Parse((await web.ExchangeCodeAsync(await web.AuthorizeAsync(browser, "openid", null, [new KeyValuePair<string, string?>("prompt", "none")]))).Expected().IdToken!);

        Assert.That(new[] { silent.Text("sub"), silent.Text("auth_time") }, Is.EqualTo(new[] { first.Text("sub"), first.Text("auth_time") }));
    }

    [Test]
    public async Task Consent_is_asked_once_remembered_and_bound_to_its_scopes()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(TestClients.Consenting);
        var signedIn = await browser.OpenAsync(app.NewRequest("openid profile").Url);
        var consent = await browser.FollowAsync(await browser.SignInAsync(signedIn, TestUsers.Alice.UserName, TestUsers.Alice.Password));

        var granted = await browser.FollowAsync(await browser.ConsentAsync(consent, remember: true));
        var silent = await app.AuthorizeAsync(browser, "openid profile", null, [new KeyValuePair<string, string?>("prompt", "none")]);
        var more = await app.AuthorizeAsync(browser, "openid profile email", null, [new KeyValuePair<string, string?>("prompt", "none")]);

        Assert.That(granted.LocationParameters, Does.ContainKey("code"));
        Assert.That(silent.Error, Is.Null);
        Assert.That(more.Error, Is.EqualTo("consent_required"));
    }

    [Test]
    public async Task A_partial_consent_gives_only_the_chosen_scopes_and_a_denial_gives_access_denied()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(TestClients.Consenting);
        var request = app.NewRequest("openid profile email");
        var consent = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(request.Url), TestUsers.Bob.UserName, TestUsers.Bob.Password));

        var granted = await browser.FollowAsync(await browser.ConsentAsync(consent, scopes: ["email"]));
        var tokens = (await app.ExchangeCodeAsync(new AuthorizationAnswer(request, granted.LocationParameters))).Expected();
        var denied = await browser.FollowAsync(await browser.ConsentAsync(await browser.OpenAsync(app.NewRequest("openid profile").Url), allow: false));

        Assert.That(Jwt.Parse(tokens.AccessToken!).Text("scope")!.Split(' '), Is.EquivalentTo(new[] { "openid", "email" }));
        Assert.That(denied.LocationParameters["error"], Is.EqualTo("access_denied"));
    }

    [Test]
    public async Task A_consent_answer_of_another_request_is_worth_nothing()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(TestClients.Consenting);
        var consent = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(app.NewRequest("openid").Url), TestUsers.Root.UserName, TestUsers.Root.Password));
        var answered = await browser.ConsentAsync(consent);
        var ticket = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(answered.Location!.Query)["consent"].ToString();

        var page = await browser.OpenAsync(app.NewRequest("openid profile email").Url + "&consent=" + Uri.EscapeDataString(ticket));

        Assert.That(ticket, Is.Not.Empty);
        Assert.That(page.Forms.Any(f => f.Buttons.Any(b => b.Name == "decision")), Is.True, "the person is asked");
    }
}
