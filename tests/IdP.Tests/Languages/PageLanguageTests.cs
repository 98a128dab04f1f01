using System.Net;
using IdP.Protocol.Languages;
using IdP.Tests.SignIn;
using IdP.Users;

namespace IdP.Tests.Languages;

/// <summary>Which language a page is in: the person's choice, the app's wish, the browser's preference, English.</summary>
public sealed class PageLanguageTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database)
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "tv", "clientName": "TV", "applicationType": "device", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid", "profile"] }
            ] }
            """),
    };

    [Test]
    public async Task What_the_app_asks_for_holds_on_every_page_of_the_journey()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();

        var name = await browser.OpenAsync(Request(TestClients.Consenting, "de-CH fr", "openid profile email offline_access"));
        var password = await browser.NameAsync(name, person.UserName!);
        var wrong = await browser.SubmitAsync(password.FormWith("password"), [new("password", "not-the-password")]);
        var factor = await browser.FollowAsync(await browser.SubmitAsync(wrong.FormWith("password"), [new("password", People.Password)]));
        var wrongCode = await browser.TypeCodeAsync(factor, "000000");
        var consent = await browser.FollowAsync(await browser.TypeCodeAsync(wrongCode, Server.Code()));

        Assert.That(new[] { name, password, wrong, factor, wrongCode, consent }.Select(LanguageOf), Is.All.EqualTo("de"));
        Assert.That(TextOf(name), Does.Contain("weiter zu <strong>"));
        Assert.That(TextOf(wrong), Does.Contain("Benutzername oder Passwort ist nicht richtig."));
        Assert.That(TextOf(factor), Does.Contain("Bestätigen Sie Ihre Identität"));
        Assert.That(TextOf(wrongCode), Does.Contain("Das ist nicht der Code"));
        Assert.That(consent.Url.AbsolutePath, Is.EqualTo("/consent"));
        Assert.That(TextOf(consent), Does.Contain("bittet um Zugriff").And.Contain("Ihr Profil").And.Contain("Verbunden bleiben").And.Not.Contain("Your profile"));
        Assert.That(TextOf(consent), Does.Contain($"Angemeldet als <strong>{person.Name}</strong>"));
    }

    [Test]
    public async Task Two_tabs_of_one_browser_each_keep_the_language_of_their_app()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();

        var french = await browser.OpenAsync(Request(TestClients.Web, "fr"));
        var polish = await browser.OpenAsync(Request(TestClients.Spa, "pl"));
        french = await browser.FollowAsync(await browser.SignInAsync(french, person.UserName!, People.Password));
        polish = await browser.FollowAsync(await browser.SignInAsync(polish, person.UserName!, People.Password));
        var frenchAgain = await browser.GetAsync(french.Url.PathAndQuery);

        Assert.That(new[] { french, polish, frenchAgain }.Select(LanguageOf), Is.EqualTo((string[])["fr", "pl", "fr"]));
        Assert.That(TextOf(polish), Does.Contain("Kod z aplikacji uwierzytelniającej"));
    }

    [Test]
    public async Task A_pushed_request_brings_its_language_with_it()
    {
        var person = await Server.AddPersonAsync();
        using var browser = Server.NewBrowser();
        var pushed = await Server.NewRelyingParty(TestClients.Consenting).PushAsync("openid profile", [new("ui_locales", "ja")]);

        var name = await browser.OpenAsync(pushed.Request.Url);
        var consent = await browser.FollowAsync(await browser.SignInAsync(name, person.UserName!, People.Password));

        Assert.That((LanguageOf(name), LanguageOf(consent)), Is.EqualTo(("ja", "ja")));
        Assert.That(TextOf(consent), Does.Contain("アクセスを求めています"));
    }

    [Test]
    public async Task A_pushed_request_that_is_answered_by_a_form_has_its_page_in_its_language()
    {
        var person = await Server.AddPersonAsync();
        using var browser = Server.NewBrowser();
        var pushed = await Server.NewRelyingParty(TestClients.Web).PushAsync("openid", [new("ui_locales", "it"), new("response_mode", "form_post")]);

        var page = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(pushed.Request.Url), person.UserName!, People.Password));

        Assert.That(page.FormWith("code").Action.AbsoluteUri, Is.EqualTo(TestClients.Web.RedirectUri));
        Assert.That((LanguageOf(page), page.Languages), Is.EqualTo(("it", (HtmlForm?)null)));
    }

    [TestCase("de", "de")]
    [TestCase("de-CH-1996", "de")]
    [TestCase("fr-CA,fr;q=0.9,en;q=0.8", "fr")]
    [TestCase("da, en-gb;q=0.8, nl;q=0.9", "nl")]
    [TestCase("tlh, x-unknown, *", "en")]
    [TestCase("de;q=0", "en")]
    [TestCase("pt-BR", "pt")]
    [TestCase("zh-CN,zh;q=0.9", "zh-Hans")]
    [TestCase("zh-TW", "zh-Hans")]
    [TestCase("ZH-hans-sg", "zh-Hans")]
    [TestCase(null, "en")]
    [TestCase(";;;,,q=", "en")]
    [TestCase("de-<script>", "en")]
    public async Task Without_a_wish_of_the_app_the_browsers_preference_counts(string? header, string expected)
    {
        using var browser = Server.NewBrowser();

        var page = await GetAsync(browser, "/signin", header);

        Assert.That((page.Status, LanguageOf(page)), Is.EqualTo((HttpStatusCode.OK, expected)));
        Assert.That(page.Headers.Vary, Has.Member("Accept-Language"));
    }

    [Test]
    public async Task Values_nobody_means_are_passed_over_and_break_nothing([Range(0, 14)] int number)
    {
        var value = Hostile[number];
        using var browser = Server.NewBrowser();

        var byApp = await browser.OpenAsync(Request(TestClients.Web, value));
        var byAddress = await browser.GetAsync("/signedout?ui_locales=" + Uri.EscapeDataString(value));
        var byCookie = Server.NewBrowser();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/signin");
        request.Headers.TryAddWithoutValidation("Cookie", "idp.language=" + Uri.EscapeDataString(value)[..Math.Min(2000, Uri.EscapeDataString(value).Length)]);

        Assert.That((byApp.Status, LanguageOf(byApp), byApp.AsksToSignIn), Is.EqualTo((HttpStatusCode.OK, "en", true)));
        Assert.That((byAddress.Status, LanguageOf(byAddress)), Is.EqualTo((HttpStatusCode.OK, "en")));
        Assert.That(LanguageOf(await byCookie.SendAsync(request)), Is.EqualTo("en"));
    }

    [Test]
    public async Task A_usable_language_is_found_behind_unusable_ones()
    {
        using var browser = Server.NewBrowser();

        Assert.That(LanguageOf(await browser.OpenAsync(Request(TestClients.Web, "  xx-YY  tlh i-default x-private  es-419 de"))), Is.EqualTo("es"));
    }

    [Test]
    public async Task Who_chooses_in_the_menu_is_asked_in_that_language_from_then_on_whatever_the_app_wishes()
    {
        using var browser = Server.NewBrowser();
        var page = await browser.OpenAsync(Request(TestClients.Web, "de"));

        var chosen = await browser.SubmitAsync(page.Languages!, [], new("language", "nl"));
        var back = await browser.FollowAsync(chosen);
        var later = await browser.OpenAsync(Request(TestClients.Spa, "fr"));

        Assert.That((chosen.Status, chosen.Location), Is.EqualTo((HttpStatusCode.SeeOther, page.Url)));
        Assert.That(new[] { page, back, later }.Select(LanguageOf), Is.EqualTo((string[])["de", "nl", "nl"]));
        Assert.That(TextOf(back), Does.Contain("om door te gaan naar <strong>"));
    }

    [Test]
    public async Task The_menu_leads_back_into_the_middle_of_a_sign_in()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();
        var name = await browser.OpenAsync(Request(TestClients.Web, null));
        var wrong = await browser.SubmitAsync((await browser.NameAsync(name, person.UserName!)).FormWith("password"), [new("password", "not-the-password")]);

        var password = await browser.FollowAsync(await browser.SubmitAsync(wrong.Languages!, [], new("language", "it")));
        var factor = await browser.FollowAsync(await browser.SubmitAsync(password.FormWith("password"), [new("password", People.Password)]));
        var wrongCode = await browser.TypeCodeAsync(factor, "000000");
        factor = await browser.FollowAsync(await browser.SubmitAsync(wrongCode.Languages!, [], new("language", "es")));
        var done = await browser.FollowAsync(await browser.TypeCodeAsync(factor, Server.Code()));

        Assert.That((TextOf(password).Contains(person.UserName!, StringComparison.Ordinal), LanguageOf(password), LanguageOf(factor)), Is.EqualTo((true, "it", "es")));
        Assert.That(done.Location!.AbsoluteUri, Does.StartWith(TestClients.Web.RedirectUri!)); // it has one
        Assert.That(done.LocationParameters, Does.ContainKey("code"));
    }

    [TestCase("https://evil.test/")]
    [TestCase("//evil.test")]
    [TestCase("/\\evil.test")]
    [TestCase("javascript:alert(1)")]
    [TestCase("/%0d%0aSet-Cookie:%20x=1")]
    [TestCase("")]
    public async Task The_menu_leads_nowhere_else(string back)
    {
        using var browser = Server.NewBrowser();

        var answer = await browser.PostAsync("/language", [new("language", "de"), new("back", back)]);

        Assert.That((answer.Status, answer.Location!.PathAndQuery, answer.Location.Authority), Is.EqualTo((HttpStatusCode.SeeOther, "/account", Server.Origin.Authority)));
    }

    [TestCase("xx")]
    [TestCase("DE; path=/")]
    [TestCase("")]
    public async Task The_menu_takes_no_language_that_it_does_not_offer(string language)
    {
        using var browser = Server.NewBrowser();

        var answer = await browser.PostAsync("/language", [new("language", language), new("back", "/signin")]);

        Assert.That((answer.Status, browser.Cookie("idp.language")), Is.EqualTo((HttpStatusCode.BadRequest, (string?)null)));
    }

    [Test]
    public async Task Another_site_cannot_choose_for_a_person()
    {
        using var browser = Server.NewBrowser();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/language") { Content = new FormUrlEncodedContent([new("language", "ja"), new("back", "/signin")]) };
        request.Headers.Add("Sec-Fetch-Site", "cross-site");

        var answer = await browser.SendAsync(request);

        Assert.That((answer.Status, browser.Cookie("idp.language")), Is.EqualTo((HttpStatusCode.BadRequest, (string?)null)));
    }

    [Test]
    public async Task What_is_shown_only_once_is_not_lost_by_the_menu()
    {
        var (person, _) = await Server.AddPersonWithAppAsync();
        using var browser = Server.NewBrowser();
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code());
        var security = await browser.OpenAsync("/account/security");

        var codes = await browser.SubmitAsync(security.Forms.Single(form => form.Action.AbsolutePath.EndsWith("/recovery-codes", StringComparison.Ordinal)), []);

        Assert.That((security.Languages is null, codes.Languages is null), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task Sign_out_speaks_the_language_that_the_app_asks_for()
    {
        var person = await Server.AddPersonAsync();
        using var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var query = $"?client_id={TestClients.Web.ClientId}&post_logout_redirect_uri={Uri.EscapeDataString(TestClients.Web.PostLogoutRedirectUri!)}&ui_locales=pt-BR%20en";

        var question = await browser.OpenAsync("/connect/endsession" + query);
        var nobody = await Server.NewBrowser().OpenAsync("/connect/endsession?ui_locales=pl");

        Assert.That((LanguageOf(question), LanguageOf(nobody)), Is.EqualTo(("pt", "pl")));
        Assert.That(TextOf(question), Does.Contain("pede isso."));
        Assert.That(TextOf(nobody), Does.Contain("Nastąpiło wylogowanie"));
    }

    [Test]
    public async Task Refusals_are_said_in_the_language_of_the_page()
    {
        var person = await Server.AddPersonAsync();
        using var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        await browser.PostAsync("/language", [new("language", "de"), new("back", "/account")]);

        var wrong = await browser.SubmitAsync((await browser.GetAsync("/account/password")).FormWith("replacement"), [new("current", "wrong"), new("replacement", "x")]);
        var tooShort = await browser.SubmitAsync(wrong.FormWith("replacement"), [new("current", People.Password), new("replacement", "x")]);
        var (account, sessions) = (await browser.GetAsync("/account"), await browser.GetAsync("/account/sessions"));

        Assert.That(TextOf(wrong), Does.Contain("Das bisherige Passwort ist nicht richtig."));
        Assert.That(TextOf(tooShort), Does.Contain("Ein Passwort hat 8 bis 256 Zeichen."));
        Assert.That(TextOf(account), Does.Contain("Guten Tag").And.Contain("Sitzungen"));
        Assert.That(TextOf(sessions), Does.Match(@"\d{1,2}\. \p{L}{3,4}\.? \d{4}, \d\d:\d\d UTC"));
    }

    [Test]
    public async Task An_error_page_is_in_the_persons_language_and_an_error_for_programs_in_English()
    {
        using var browser = Server.NewBrowser();

        var page = await GetAsync(browser, "/no/such/page", "ja");
        var refused = await browser.GetAsync(Request(TestClients.Web with { RedirectUri = "https://evil.test/" }, "fr"));
        var program = await GetAsync(browser, "/connect/userinfo", "ja");

        Assert.That((LanguageOf(page), TextOf(page).Contains("ページが見つかりません", StringComparison.Ordinal)), Is.EqualTo(("ja", true)));
        Assert.That((refused.Status, LanguageOf(refused)), Is.EqualTo((HttpStatusCode.BadRequest, "fr")));
        Assert.That(program.Headers.Concat([KeyValuePair.Create("body", (IEnumerable<string>)[program.Body])]).SelectMany(header => header.Value), Has.None.Match(@"\p{IsHiragana}"));
    }

    [Test]
    public async Task A_device_is_connected_in_the_persons_language()
    {
        var person = await Server.AddPersonAsync();
        using var browser = Server.NewBrowser();
        var started = await Server.NewRelyingParty(new TestClient("tv")).StartDeviceAsync("openid profile");
        await browser.PostAsync("/language", [new("language", "zh-Hans"), new("back", "/device")]);

        var wrong = await browser.EnterCodeAsync("1234");
        var confirm = await browser.EnterCodeAsync(started.UserCode, new TestUser(person.UserName!, People.Password));
        var done = await browser.AnswerDeviceAsync(confirm);

        Assert.That(TextOf(wrong), Does.Contain("这不是有效的代码"));
        Assert.That(TextOf(confirm), Does.Contain(started.UserCode).And.Contain("您的个人资料"));
        Assert.That((LanguageOf(done), TextOf(done).Contains("设备已连接", StringComparison.Ordinal)), Is.EqualTo(("zh-Hans", true)));
    }

    [Test]
    public async Task The_console_speaks_English_to_everybody()
    {
        using var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.OpenAsync("/signin"), TestUsers.Root.UserName, TestUsers.Root.Password);

        var page = await GetAsync(browser, "/console", "de");

        Assert.That((page.Status, LanguageOf(page), page.Languages), Is.EqualTo((HttpStatusCode.OK, "en", (HtmlForm?)null)));
    }

    [Test]
    public async Task A_text_of_an_operator_stays_as_it_is()
    {
        var person = await Server.AddPersonAsync();
        using var browser = Server.NewBrowser();

        var consent = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(Request(TestClients.Consenting, "de", "openid api.read")), person.UserName!, People.Password));

        Assert.That(TextOf(consent), Does.Contain("Was die App tun darf").And.Contain("Read"));
    }

    [Test]
    public async Task Every_language_that_is_advertised_is_spoken([ValueSource(nameof(Tags))] string tag)
    {
        using var browser = Server.NewBrowser();

        var page = await browser.OpenAsync(Request(TestClients.Web, tag));
        var english = await browser.OpenAsync(Request(TestClients.Web, "en"));

        Assert.That(LanguageOf(page), Is.EqualTo(tag));
        if (tag != "en") Assert.That(Words(page), Is.Not.EqualTo(Words(english)));
    }

    private static string[] Tags => [.. Language.All.Select(language => language.Tag)];

    private static string[] Hostile =>
    [
        "xx-nonsense", "-", "--", "d", "en-" + new string('a', 5000), new string('-', 4000), string.Join(' ', Enumerable.Repeat("tlh", 3000)) + " de", "<script>alert(1)</script>", "../../de", "de\tfr", "de,fr", "ＤＥ", "😀", "de\r\nSet-Cookie: x=1", "{0}", "%00",
    ];

    private static string Request(TestClient client, string? locales) => Request(client, locales, "openid");

    private static string Request(TestClient client, string? locales, string scope)
    {
        using var party = new RelyingParty(new Uri("http://localhost"), client.ClientId, client.Secret, client.RedirectUri);
        return party.NewRequest(scope, [new("ui_locales", locales)]).Url;
    }

    private static async Task<Page> GetAsync(BrowserClient browser, string url, string? acceptLanguage)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (acceptLanguage is not null) request.Headers.TryAddWithoutValidation("Accept-Language", acceptLanguage);
        return await browser.SendAsync(request);
    }

    /// <summary>What the page says of itself.</summary>
    private static string? LanguageOf(Page page) => page.Body.Split("<html lang=\"") is [_, var rest] ? rest[..rest.IndexOf('"', StringComparison.Ordinal)] : null;

    private static string TextOf(Page page) => WebUtility.HtmlDecode(page.Body);

    private static string Words(Page page) => page.Body.Split("<h1>")[1].Split("</h1>")[0];
}
