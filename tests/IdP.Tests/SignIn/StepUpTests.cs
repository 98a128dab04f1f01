using System.Net;

namespace IdP.Tests.SignIn;

/// <summary>An app asks for more than the session began with.</summary>
public sealed class StepUpTests(DatabaseKind database) : ServerTest(database)
{
    private const string MultiFactor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    private static readonly KeyValuePair<string, string?> Essential = new("claims", """{"id_token":{"acr":{"essential":true,"values":["phr"]}}}""");

    [Test]
    public async Task Only_the_missing_factor_is_asked_for_the_session_stays_and_its_age_too()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code(), remember: true);
        await SignOutAsync(browser);
        var web = Server.NewRelyingParty(TestClients.Web);
        var before = Jwt.Parse((await web.SignInAsync(browser, "openid", new TestUser(person.UserName!, People.Password))).IdToken!);
        Server.Clock.Advance(TimeSpan.FromMinutes(2));
        var request = web.NewRequest("openid", [new("acr_values", MultiFactor)]);

        var asked = await browser.OpenAsync(request.Url);
        var done = await browser.FollowAsync(await browser.TypeCodeAsync(asked, Server.Code()));
        var after = Jwt.Parse((await web.ExchangeCodeAsync(new AuthorizationAnswer(request, done.LocationParameters))).Expected().IdToken!);

        Assert.That(before.Text("acr"), Is.Not.EqualTo(MultiFactor), "a remembered browser has shown one factor");
        Assert.That(asked.Forms.Any(form => form.Has("password")), Is.False);
        Assert.That(after.Text("acr"), Is.EqualTo(MultiFactor));
        Assert.That((after.Text("sid"), after.Text("auth_time")), Is.EqualTo((before.Text("sid"), before.Text("auth_time"))));
    }

    [Test]
    public async Task A_wish_that_nobody_can_fulfil_does_not_stand_in_the_way_and_a_demand_is_an_error()
    {
        var person = await Server.AddPersonAsync();
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);

        var wished = await web.AuthorizeAsync(browser, "openid", new TestUser(person.UserName!, People.Password), [new("acr_values", "phr")]);
        var demanded = await web.AuthorizeAsync(browser, "openid", new TestUser(person.UserName!, People.Password), [Essential]);

        Assert.That((wished.Error, demanded.Error), Is.EqualTo(((string?)null, "unmet_authentication_requirements")));
    }

    [Test]
    public async Task For_a_class_that_a_code_does_not_reach_no_code_is_offered()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        using var browser = Server.NewBrowser();
        using var elsewhere = Server.NewBrowser();
        await elsewhere.TypeCodeAsync(await elsewhere.BeginAsync(person), Server.Code());
        await elsewhere.AddPasskeyAsync(authenticator);
        Server.Clock.Advance(TimeSpan.FromMinutes(1));
        var code = await browser.GetAsync((await browser.BeginAsync(person)).Url.PathAndQuery + "&way=app");
        await browser.TypeCodeAsync(code, Server.Code());
        var web = Server.NewRelyingParty(TestClients.Web);
        var request = web.NewRequest("openid", [Essential]);

        var silent = await browser.OpenAsync(web.NewRequest("openid", [Essential, new("prompt", "none")]).Url);
        var asked = await browser.OpenAsync(request.Url);
        Server.Clock.Advance(TimeSpan.FromMinutes(1));
        var login = asked.FormWith("credential")["login"].Value;
        var byCode = await browser.PostAsync("/signin/factor", [new("csrf", asked.FormWith("credential")["csrf"].Value), new("login", login), new("way", "app"), new("code", Server.Code())]);
        var done = await browser.FollowAsync(await browser.AnswerPasskeyAsync(asked, authenticator));

        Assert.That(silent.LocationParameters["error"], Is.EqualTo("interaction_required"));
        Assert.That(asked.Body, Does.Not.Contain("way=app"));
        Assert.That(byCode.IsRedirect, Is.False, "a code sent all the same");
        Assert.That(done.LocationParameters, Contains.Key("code"));
    }

    [Test]
    public async Task A_wish_is_put_once_and_can_be_declined()
    {
        var person = await Server.AddPersonAsync();
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        using var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var added = await browser.AddPasskeyAsync(authenticator);
        var code = System.Text.RegularExpressions.Regex.Match(added.Body, "<code>([0-9A-Z-]{19})</code>").Groups[1].Value;
        await SignOutAsync(browser);
        using var elsewhere = Server.NewBrowser();
        await elsewhere.TypeRecoveryCodeAsync(await elsewhere.BeginAsync(person), code);
        var web = Server.NewRelyingParty(TestClients.Web);

        var asked = await elsewhere.OpenAsync(web.NewRequest("openid", [new("acr_values", "phr")]).Url);
        var link = WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(asked.Body, "href=\"([^\"]*)\">Continue without it").Groups[1].Value);
        var declined = await elsewhere.OpenAsync(link);

        Assert.That(declined.LocationParameters, Contains.Key("code"));
    }

    [TestCase("acr_values=a%2500")]
    [TestCase("acr_values=nonsense")]
    public async Task Whatever_stands_in_the_address_a_step_up_is_a_page(string query)
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code());

        var page = await browser.OpenAsync("/signin/stepup?returnUrl=" + Uri.EscapeDataString("/connect/authorize?client_id=web&" + query.Replace("%25", "%", StringComparison.Ordinal)));

        Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_session_that_ended_meanwhile_is_not_raised()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code(), remember: true);
        await SignOutAsync(browser);
        var web = Server.NewRelyingParty(TestClients.Web);
        await web.SignInAsync(browser, "openid", new TestUser(person.UserName!, People.Password));
        var asked = await browser.OpenAsync(web.NewRequest("openid", [new("acr_values", MultiFactor)]).Url);
        await SignOutAsync(browser);
        Server.Clock.Advance(TimeSpan.FromMinutes(1));

        var answer = await browser.TypeCodeAsync(asked, Server.Code());

        Assert.That(answer.Location?.AbsolutePath, Is.EqualTo("/signin"));
        Assert.That((await browser.OpenAsync("/account")).AsksToSignIn, Is.True);
    }

    private static async Task SignOutAsync(BrowserClient browser) => await browser.FollowAsync(await browser.SubmitAsync((await browser.GetAsync("/signout")).Forms.Single(f => f.Has("returnUrl")), []));
}
