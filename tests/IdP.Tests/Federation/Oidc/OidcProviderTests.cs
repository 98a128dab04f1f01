using System.Net;
using System.Text.Json;
using IdP.IdentityProviders;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Federation.Oidc;

/// <summary>A customer's provider that nobody here wrote, added while the server runs.</summary>
public sealed class OidcProviderTests(DatabaseKind database) : OidcServerTest(database)
{
    private const string Secret = "our-client-secret-of-32-characters";
    private static readonly UpstreamAccount New = new("n:1", "new@acme.test", true, Name: "Nora New"), Keyed = new("k:1", "keyed@acme.test", true), Foreign = new("f:1", "chief@elsewhere.test", true), Text = new("t:1", "text@acme.test", "true");
    private static readonly UpstreamAccount Known = new("d:1", "dora@acme.test", true), Left = new("l:1", "left@acme.test", true), Two = new("m:1", "mo@acme.test", true), Own = new("o:1", "own@elsewhere.test", false), Gone = new("g:1", "gone@acme.test", true);

    private readonly UpstreamProvider customer = new();

    private string Issuer => customer.Origin.GetLeftPart(UriPartial.Authority);

    [OneTimeSetUp]
    public async Task StartCustomerAsync()
    {
        object Client(string id, string name, string method, string algorithm) => new Dictionary<string, object?>
        {
            ["client_id"] = id,
            ["client_secret"] = method == "private_key_jwt" ? null : Secret,
            ["redirect_uris"] = new[] { new Uri(Server.Origin, $"/signin/upstream/{name}/callback").AbsoluteUri },
            ["token_endpoint_auth_method"] = method,
            ["id_token_signed_response_alg"] = algorithm,
            ["jwks_uri"] = method == "private_key_jwt" ? new Uri(Server.Origin, $"/signin/upstream/{name}/jwks").AbsoluteUri : null,
        }.Where(member => member.Value is not null).ToDictionary();
        await customer.StartAsync(JsonSerializer.Serialize(new[] { Client("idp", "acme", "client_secret_basic", "RS256"), Client("idp-key", "keyed", "private_key_jwt", "ES256"), Client("idp-again", "again", "client_secret_post", "ES256") }),
            [New, Keyed, Foreign, Text, Known, Left, Two, Own, Gone]);
        await AddOrganizationAsync("acme", "acme.test");
        await AddProviderAsync("acme", Issuer, p => (p.Organizations, p.UsePushedAuthorization, p.ShowOnSignInPage) = (["acme"], false, true), Secret);
    }

    [OneTimeTearDown]
    public async Task StopCustomerAsync() => await customer.DisposeAsync();

    [Test]
    public async Task Its_people_get_an_account_in_its_organization_and_the_link_names_the_provider_for_ever()
    {
        var shown = await Server.NewBrowser().OpenAsync("/signin");
        var first = await SignInAsync(Server.NewBrowser(), New);
        var second = await SignInAsync(Server.NewBrowser(), New);

        Assert.That(shown.Body, Does.Contain("Continue with The acme login"));
        Assert.That((first.Status, first.Url.AbsolutePath, second.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/account", "/account")));
        var user = (await UsersWithAsync(New.Email)).Single();
        Assert.That((user.UserName, user.Name, user.EmailConfirmed), Is.EqualTo((New.Email, New.Name, true)));
        var key = await ReadAsync(db => db.IdentityProviders.Where(p => p.Name == "acme").Select(p => p.LinkId).SingleAsync());
        Assert.That(await ReadAsync(db => db.UserLogins.Where(l => l.UserId == user.Id).Select(l => l.LoginProvider + " " + l.ProviderKey).ToListAsync()), Is.EqualTo(new[] { $"idp-{key:N} n:1" }));
        Assert.That(await ReadAsync(db => db.OrganizationMembers.CountAsync(m => m.UserId == user.Id)), Is.EqualTo(1));
        Assert.That(await ReadAsync(db => db.Sessions.Where(s => s.UserId == user.Id).Select(s => s.IdentityProvider).ToListAsync()), Is.EqualTo(new[] { "acme", "acme" }));
    }

    [Test]
    public async Task Requests_are_sent_ahead_and_a_key_of_its_own_proves_who_sends_them()
    {
        await AddProviderAsync("keyed", Issuer, p => (p.Organizations, p.ClientId, p.TokenEndpointAuthMethod) = (["acme"], "idp-key", "private_key_jwt"));
        var browser = Server.NewBrowser();

        var way = await browser.GetAsync(StartUrl("keyed"));
        var done = await browser.FollowAsync(await UpstreamProvider.GoOnAsync(browser, way, Keyed));

        Assert.That(way.LocationParameters.Keys, Is.EquivalentTo(new[] { "client_id", "request_uri" }));
        Assert.That((done.Url.AbsolutePath, await IsSignedInAsync(browser), (await UsersWithAsync(Keyed.Email)).Count), Is.EqualTo(("/account", true, 1)));
        Assert.That((await ReadAsync(db => db.IdentityProviders.AsNoTracking().SingleAsync(p => p.Name == "keyed"))).ProtectedKey, Does.StartWith("CfDJ8"), "The key lies encrypted.");
    }

    [Test]
    public async Task For_a_domain_of_nobody_it_knows_and_for_an_address_it_does_not_vouch_for_it_opens_nothing()
    {
        await CreateUserAsync("chief", Foreign.Email);
        var browser = Server.NewBrowser();

        var foreign = await SignInAsync(browser, Foreign);
        var text = await SignInAsync(browser, Text);

        Assert.That((foreign.Url.AbsolutePath, text.Url.AbsolutePath, await IsSignedInAsync(browser)), Is.EqualTo(("/signin", "/signin", false)));
        Assert.That(foreign.Body, Does.Contain(Refusal));
        Assert.That((await UsersWithAsync(Text.Email)).Count + await ReadAsync(db => db.UserLogins.CountAsync(l => l.ProviderKey == Foreign.Subject)), Is.Zero);
    }

    [Test]
    public async Task An_account_with_the_address_is_connected_only_when_its_password_is_shown()
    {
        var user = await CreateUserAsync("dora", Known.Email);
        var browser = Server.NewBrowser();

        var asked = await SignInAsync(browser, Known);
        var before = await IsSignedInAsync(browser);
        var right = await browser.FollowAsync(await browser.SubmitAsync(asked.FormWith("password"), [new("password", Password)]));

        Assert.That((asked.Url.AbsolutePath, before, right.Url.AbsolutePath), Is.EqualTo(("/signin/link", false, "/account")));
        Assert.That(await ReadAsync(db => db.UserLogins.Where(l => l.ProviderKey == Known.Subject).Select(l => l.UserId).ToListAsync()), Is.EqualTo(new[] { user.Id }));
    }

    [Test]
    public async Task A_disabled_person_and_a_provider_that_was_switched_off_on_the_way_get_the_answer_of_every_refusal()
    {
        var browser = Server.NewBrowser();
        await SignInAsync(Server.NewBrowser(), Left);
        await ReadAsync(db => db.Users.Where(u => u.Email == Left.Email).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false)));

        var disabled = await SignInAsync(browser, Left);
        var decision = await LastDecisionAsync();
        var back = await UpstreamProvider.GoOnAsync(browser, await browser.GetAsync(StartUrl("acme")), Two);
        await ChangeProviderAsync("acme", p => p.Enabled = false);
        var off = await browser.FollowAsync(back);
        var start = await browser.GetAsync(StartUrl("acme"));
        await ChangeProviderAsync("acme", p => p.Enabled = true);

        Assert.That((disabled.Body.Contains(Refusal), decision.Outcome, decision.IdentityProvider), Is.EqualTo((true, SignInOutcome.Disabled, "acme")));
        Assert.That((off.Url.AbsolutePath, off.Body.Contains(Refusal), start.Status, await IsSignedInAsync(browser)), Is.EqualTo(("/signin", true, HttpStatusCode.NotFound, false)));
    }

    [Test]
    public async Task An_answer_belongs_to_the_browser_that_asked_and_counts_once()
    {
        var (starter, other) = (Server.NewBrowser(), Server.NewBrowser());
        var callback = await UpstreamProvider.GoOnAsync(starter, await starter.GetAsync(StartUrl("acme")), Two);
        var attempt = starter.Cookies.GetCookies(Server.Origin).Single(cookie => cookie.Name.StartsWith("idp.upstream.", StringComparison.Ordinal));

        var foreign = await other.OpenAsync(callback.Location!.AbsoluteUri);
        var own = await starter.FollowAsync(callback);
        other.Cookies.Add(Server.Origin, new Cookie(attempt.Name, attempt.Value));
        var replayed = await other.OpenAsync(callback.Location!.AbsoluteUri);

        Assert.That((foreign.Url.AbsolutePath, own.Url.AbsolutePath, replayed.Url.AbsolutePath), Is.EqualTo(("/signin", "/account", "/signin")));
        Assert.That((await IsSignedInAsync(starter), await IsSignedInAsync(other)), Is.EqualTo((true, false)));
        Assert.That(starter.Cookies.GetCookies(Server.Origin).Select(cookie => cookie.Name), Has.None.StartsWith("idp.upstream."));
    }

    [Test]
    public async Task What_an_app_asked_for_goes_on_to_the_provider()
    {
        var request = Server.NewRelyingParty(TestClients.Web).NewRequest("openid", new("prompt", "login"), new("login_hint", "nora@acme.test"), new("max_age", "60"));
        await ChangeProviderAsync("acme", p => p.AcrValues = ["phr"]);

        var way = await Server.NewBrowser().GetAsync(StartUrl("acme", request.Url));
        var fromElsewhere = new HttpRequestMessage(HttpMethod.Get, StartUrl("acme")) { Headers = { { "Sec-Fetch-Site", "cross-site" } } };
        var refused = await Server.NewBrowser().SendAsync(fromElsewhere);
        await ChangeProviderAsync("acme", p => p.AcrValues = []);

        var sent = way.LocationParameters;
        Assert.That((sent["prompt"], sent["login_hint"], sent["max_age"], sent["acr_values"], sent["code_challenge_method"], sent["redirect_uri"]),
            Is.EqualTo(("login", "nora@acme.test", "60", "phr", "S256", new Uri(Server.Origin, "/signin/upstream/acme/callback").AbsoluteUri)));
        Assert.That(refused.Location?.AbsolutePath, Is.EqualTo("/signin"), "Another site does not send people on the way.");
    }

    [Test]
    public async Task Whoever_is_signed_in_connects_a_login_by_a_link_of_their_own_page_alone_and_disconnects_it()
    {
        var user = await CreateUserAsync("liv", "liv@example.test");
        var browser = Server.NewBrowser();
        await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync("/signin?returnUrl=%2Faccount"), "liv", Password));
        var page = await browser.OpenAsync("/account/connections");
        var link = System.Net.WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(page.Body, "href=\"(/account/connections/acme/link[^\"]*)\"").Groups[1].Value);

        var forged = await browser.GetAsync("/account/connections/acme/link?ticket=forged");
        var linked = await browser.FollowAsync(await UpstreamProvider.GoOnAsync(browser, await browser.GetAsync(link), Own));
        var key = await ReadAsync(db => db.UserLogins.Where(l => l.UserId == user.Id).Select(l => l.LoginProvider).SingleAsync());
        var unlinked = await browser.FollowAsync(await browser.SubmitAsync(linked.Forms.Single(form => form.Action.AbsolutePath == $"/account/connections/{key}/unlink"), []));

        Assert.That(forged.Location?.AbsolutePath, Is.EqualTo("/account/connections"));
        Assert.That((linked.Body.Contains("The login is connected"), unlinked.Body.Contains("The login is disconnected")), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task A_provider_made_anew_under_the_same_name_opens_no_account_of_the_old_one()
    {
        void Again(IdentityProviderSettings p) => (p.Organizations, p.ClientId, p.TokenEndpointAuthMethod) = (["acme"], "idp-again", "client_secret_post");
        await AddProviderAsync("again", Issuer, Again, Secret);
        await SignInAsync(Server.NewBrowser(), Gone, "again");
        var user = (await UsersWithAsync(Gone.Email)).Single();
        var browser = Server.NewBrowser();
        var back = await UpstreamProvider.GoOnAsync(browser, await browser.GetAsync(StartUrl("again")), Gone);

        var inUse = await FailAsync((UpdateIdentityProvider update) => update.ExecuteAsync("again", 0, Other(), null, CancellationToken.None));
        await SucceedAsync((DeleteIdentityProvider delete) => delete.ExecuteAsync("again", 0, CancellationToken.None));
        await AddProviderAsync("again", Issuer, Again, Secret);
        var old = await browser.FollowAsync(back);
        var anew = await SignInAsync(browser, Gone, "again");

        Assert.That(inUse.Code, Is.EqualTo("issuer_in_use"));
        Assert.That(old.Url.AbsolutePath, Is.EqualTo("/signin"), "An answer to the old one is none to the new one.");
        Assert.That((anew.Url.AbsolutePath, await IsSignedInAsync(browser)), Is.EqualTo(("/signin/link", false)), "The account asks for a proof again.");
        Assert.That(await ReadAsync(db => db.UserLogins.CountAsync(l => l.UserId == user.Id)), Is.Zero);

        IdentityProviderSettings Other()
        {
            var settings = new IdentityProviderSettings { DisplayName = "Again", Issuer = "https://other.example.test" };
            Again(settings);
            return settings;
        }
    }

    private static async Task<Page> SignInAsync(BrowserClient browser, UpstreamAccount? account, string provider = "acme") =>
        await browser.FollowAsync(await UpstreamProvider.GoOnAsync(browser, await browser.GetAsync(StartUrl(provider)), account));
}
