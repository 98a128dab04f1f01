using System.Net;
using System.Text.RegularExpressions;
using IdP.Organizations;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Federation.Oidc;

/// <summary>A typed name leads to the provider of the organization that owns its domain, whoever exists.</summary>
public sealed class HomeRealmTests(DatabaseKind database) : OidcServerTest(database)
{
    private readonly HostileUpstream upstream = new();
    private HostileProvider home = null!;

    [OneTimeSetUp]
    public async Task StartUpstreamAsync()
    {
        await upstream.StartAsync();
        home = upstream.Add("home");
        await AddOrganizationAsync("acme", "acme.test");
        await AddOrganizationAsync("strict", "strict.test");
        await SucceedAsync((CreateOrganization create) => create.ExecuteAsync("claims", new OrganizationSettings { Domains = [new("claimed.test", false)] }, CancellationToken.None));
        await AddProviderAsync("home", home.Issuer, p => p.Organizations = ["acme", "claims"]);
        await AddProviderAsync("strict", upstream.Add("strict").Issuer, p => (p.Organizations, p.OnlyWay) = (["strict"], true));
        await CreateUserAsync("ada@acme.test", "ada@acme.test");
        await CreateUserAsync("sam@strict.test", "sam@strict.test");
    }

    [OneTimeTearDown]
    public async Task StopUpstreamAsync() => await upstream.DisposeAsync();

    [TestCase("ada@acme.test")]
    [TestCase("nobody@ACME.test")]
    public async Task A_name_of_its_domain_leads_to_the_provider_with_the_name_and_leaves_a_way_to_the_password(string name)
    {
        var browser = Server.NewBrowser();

        var page = await browser.NameAsync(await browser.OpenAsync("/signin"), name);
        var way = await browser.GetAsync(LinkOf(page, "/signin/upstream/home"));
        var password = await browser.OpenAsync(LinkOf(page, "/signin/password"));

        Assert.That((page.Status, page.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/signin/organization")));
        Assert.That(page.Body, Does.Contain("Continue with The home login").And.Contain("Sign in another way"));
        Assert.That((way.Location!.AbsoluteUri.StartsWith(home.Issuer, StringComparison.Ordinal), way.LocationParameters["login_hint"]), Is.EqualTo((true, name)));
        Assert.That(password.Forms.Any(form => form.Has("password")), Is.True);
    }

    [Test]
    public async Task The_password_still_opens_what_it_opened()
    {
        var browser = Server.NewBrowser();
        var page = await browser.NameAsync(await browser.OpenAsync("/signin"), "ada@acme.test");

        var done = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(LinkOf(page, "/signin/password")), "ada@acme.test", Password));

        Assert.That((done.Url.AbsolutePath, await IsSignedInAsync(browser)), Is.EqualTo(("/account", true)));
    }

    [Test]
    public async Task It_costs_the_same_statements_whoever_exists_and_one_for_the_domain()
    {
        async Task<(int Count, string Text)> CountAsync(string name)
        {
            var browser = Server.NewBrowser();
            await browser.NameAsync(await browser.OpenAsync("/signin"), "warm@acme.test"); // what is kept in memory is there, and fresh
            var first = await browser.OpenAsync("/signin");
            var recording = await Server.RecordSqlAsync(() => browser.NameAsync(first, name));
            return (recording.Statements.Count, recording.ToString());
        }
        var (existing, unknown, elsewhere) = (await CountAsync("ada@acme.test"), await CountAsync("nobody@acme.test"), await CountAsync("nobody@nowhere.test"));

        Assert.That(unknown.Count, Is.EqualTo(existing.Count), existing.Text + Environment.NewLine + unknown.Text);
        Assert.That(existing.Count, Is.LessThanOrEqualTo(1), existing.Text);
        Assert.That(elsewhere.Count, Is.LessThanOrEqualTo(2), elsewhere.Text);
    }

    [Test]
    public async Task Where_the_provider_is_the_only_way_there_is_no_other()
    {
        var browser = Server.NewBrowser();
        var page = await browser.NameAsync(await browser.OpenAsync("/signin"), "sam@strict.test");
        var form = (await browser.OpenAsync("/signin")).FormWith("username");

        var asked = await browser.OpenAsync(page.Url.AbsoluteUri.Replace("/signin/organization", "/signin/password", StringComparison.Ordinal) + "&other=1");
        var posted = await browser.PostAsync("/signin/password", [.. form.Fill([new("username", "sam@strict.test")]), new("password", Password)]);

        Assert.That(page.Body, Does.Contain("Continue with The strict login").And.Not.Contain("Sign in another way"));
        Assert.That((asked.Url.AbsolutePath, posted.Location?.AbsolutePath, await IsSignedInAsync(browser)), Is.EqualTo(("/signin/organization", "/signin/organization", false)));
    }

    [TestCase("ada")]
    [TestCase("ada@claimed.test")]
    [TestCase("ada@elsewhere.test")]
    [TestCase("ada@evil.test@acme.test")]
    [TestCase("ada@\uff41cme.test")]
    public async Task Any_other_name_leads_to_the_password(string name)
    {
        var browser = Server.NewBrowser();

        var page = await browser.NameAsync(await browser.OpenAsync("/signin"), name);

        Assert.That(page.Url.AbsolutePath, Is.EqualTo("/signin/password"));
    }

    [Test]
    public async Task A_provider_that_is_switched_off_leads_nobody_from_then_on()
    {
        await AddOrganizationAsync("brief", "brief.test");
        await AddProviderAsync("brief", upstream.Add("brief").Issuer, p => p.Organizations = ["brief"]);
        var browser = Server.NewBrowser();

        var on = await browser.NameAsync(await browser.OpenAsync("/signin"), "a@brief.test");
        await ChangeProviderAsync("brief", p => p.Enabled = false);
        var off = await browser.NameAsync(await browser.OpenAsync("/signin"), "a@brief.test");

        Assert.That((on.Url.AbsolutePath, off.Url.AbsolutePath), Is.EqualTo(("/signin/organization", "/signin/password")));
        Assert.That(await ReadAsync(db => db.IdentityProviders.CountAsync(p => p.Name == "brief")), Is.EqualTo(1));
    }

    private static string LinkOf(Page page, string path) => WebUtility.HtmlDecode(Regex.Match(page.Body, $"href=\"({Regex.Escape(path)}[^\"]*)\"").Groups[1].Value);
}
