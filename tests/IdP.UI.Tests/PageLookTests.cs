using System.Text.RegularExpressions;
using IdP.Policies;
using IdP.Risk;
using IdP.SignIn;
using IdP.Testing;
using IdP.UI.Tests.Account;
using IdP.UI.Tests.Console;
using IdP.UI.Tests.Languages;
using IdP.UI.Tests.Recovery;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace IdP.UI.Tests;

/// <summary>
/// Every page with axe, light on a desktop and dark on a phone, and fitting both widths in both; under the strict policy and without any other host. On one database: what a page looks like does not
/// depend on it, and a browser that looks at everything is the slowest test there is.
/// </summary>
[TestFixture]
public sealed class PageLookTests
{
    private ServerUnderTest? server;

    private ServerUnderTest Server => server ?? throw new InvalidOperationException("The server runs from the fixture's set-up to its tear-down.");

    private const string Unusual = "0af7651916cd43dd8448eb211c80319c";

    private static readonly string[] ForAnybody = ["/signin", "/signedout", "/error", "/signin/refused?why=unusual&trace=" + Unusual, "/device", "/device?user_code=BCDF-GHJK", "/device/done?outcome=allowed&client_id=web", "/device/done"];

    private static readonly string[] ForTheOwner =
    [
        "/", "/account", "/account/sessions", "/account/password", "/account/security", "/account/security/app", "/account/profile", "/account/activity", "/account/connections", "/account/data", "/account/freeze",
        "/signin/accounts", "/signin", "/signout", "/console", "/console/clients", "/console/clients/new", "/console/clients/new?type=Spa", "/console/clients/new?type=Device", "/console/clients/web", "/console/clients/web/people",
        "/console/sessions", "/console/sessions?app=web", "/console/users", "/console/users/new", "/console/policies", "/console/policies/new", "/console/decisions", "/console/decisions?trace=" + Unusual, "/console/signouts",
        "/console/erasures", "/console/registration", "/console/issuers", "/console/issuers/new", "/console/conformance",
    ];

    /// <summary>What answers with no page: protocol, files, states for scripts, and steps that only lead on.</summary>
    private static readonly string[] NoPages =
    [
        "/connect/", "/.well-known/", "/assets/", "/logos/", "/health/", "/api/", "/signedout/state", "/recovery/waiting/state", "/signin/stepup", "/signin/external/complete", "/signin/upstream/", "/signin/link/finish", "/account/connections/complete", "/account/connections/{provider}/link",
        "/account/data/export", "/console/erasures/{id:guid}/certificate",
    ];

    /// <summary>Pages that something must lead to: the test in which they are looked at in the same way.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["/signin/organization"] = nameof(Every_page_is_accessible_in_both_themes_and_fits_both_widths),
        ["/signin/password"] = nameof(Every_page_is_accessible_in_both_themes_and_fits_both_widths),
        ["/consent"] = nameof(Every_page_is_accessible_in_both_themes_and_fits_both_widths),
        ["/console/users/{id:guid}"] = nameof(Every_page_is_accessible_in_both_themes_and_fits_both_widths),
        ["/console/policies/{id:guid}"] = nameof(PolicyPageTests),
        ["/console/issuers/{id:guid}"] = nameof(AssertionIssuerPageTests),
        ["/console/invitations"] = nameof(MailPageTests),
        ["/signin/factor"] = nameof(LanguageLookTests),
        ["/signin/enrol"] = nameof(PolicyPageTests),
        ["/signin/unassigned"] = nameof(PortalPageTests),
        ["/signin/link"] = nameof(AccountActionTests),
        ["/signin/rescue"] = nameof(RescuePageTests),
        ["/signup/finish"] = nameof(MailPageTests),
        ["/password/new"] = nameof(MailPageTests),
        ["/account/email"] = nameof(AccountActionTests),
        ["/account/tokens"] = nameof(AccountPageTests),
        ["/account/tokens/new"] = nameof(AccountPageTests),
        ["/account/profile/email"] = nameof(AccountPageTests),
        ["/account/profile/email/confirm"] = nameof(AccountPageTests),
        ["/account-freeze"] = nameof(MailPageTests),
        ["/account-freeze/done"] = nameof(MailPageTests),
        ["/account-deletion"] = nameof(DataPageTests),
        ["/account-deletion/cancelled"] = nameof(DataPageTests),
    };

    /// <summary>With something to warn of on the dashboard, and a sign-in that was stopped.</summary>
    [OneTimeSetUp]
    public async Task StartServerAsync()
    {
        server = await ServerUnderTest.StartAsync(new ServerSettings(DatabaseKind.Sqlite)
        {
            Configuration = TestConfiguration.With("""
                { "organizations": [{ "name": "acme", "displayName": "Acme and Sons", "domains": [{ "name": "acme.example", "verified": true }] }],
                  "identityProviders": [{ "name": "acme", "displayName": "Acme’s login", "issuer": "https://login.acme.example", "clientId": "ours", "clientSecret": "not-asked-for-here", "organizations": ["acme"], "showOnSignInPage": true }] }
                """),
        });
        var now = server.Clock.Time.GetUtcNow();
        var risk = new RiskFacts { Signals = [.. Enum.GetValues<RiskSignal>()], Network = "AS64500", Failures = 5, Travel = new(6364, 1) };
        await server.WithDatabaseAsync(async db =>
        {
            await db.Organizations.ExecuteUpdateAsync(o => o.SetProperty(x => x.ThrottledAt, now));
            db.SignInDecisions.Add(new SignInDecision
            {
                At = now, Day = DateOnly.FromDateTime(now.UtcDateTime), UserId = await db.Users.Where(u => u.UserName == TestUsers.Alice.UserName).Select(u => u.Id).SingleAsync(), Outcome = SignInOutcome.BlockedByRisk, Factors = ["pwd"], RemoteAddress = "203.0.113.9", TraceId = Unusual,
                Inputs = new PolicyInputs { At = now, Methods = ["pwd"], Risk = risk }.ToJson(), Reasons = """[{"policy":"unusual sign-ins","asks":"risk.impossibleTravel","value":"block","met":false},{"policy":"unusual sign-ins","asks":"risk.newDevice","value":"ask","met":false}]""",
            });
            return await db.SaveChangesAsync();
        });
    }

    [OneTimeTearDown]
    public async Task StopServerAsync()
    {
        if (server is not null) await server.DisposeAsync();
    }

    [TearDown]
    public void NoErrorWasLogged() => Assert.That(Server.Logs.TakeErrors(), Is.Empty, "The server logged errors.");

    [Test]
    public async Task Every_page_is_accessible_in_both_themes_and_fits_both_widths([Values] bool dark)
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, phone: dark);
        var page = visitor.Page;
        async Task LookAsync(string what)
        {
            await visitor.AssertAccessibleAsync(what);
            await visitor.AssertFitsAsync(what);
        }

        foreach (var url in ForAnybody)
        {
            await page.GotoAsync(url);
            await LookAsync(url);
        }

        await page.GotoAsync("/signin");
        await page.FillAsync("#username", TestUsers.Root.UserName);
        await page.ClickAsync("button.primary");
        await LookAsync("the page for the password");
        await page.GotoAsync("/signin");
        await page.FillAsync("#username", "somebody@acme.example");
        await page.ClickOnAsync("button.primary");
        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/signin/organization"));
        await LookAsync("the page of an organization");
        await visitor.KeepPicturesAsync("organization-" + (dark ? "dark" : "light"));
        await page.GotoAsync("/signin?returnUrl=/console");
        await visitor.SignInAsync(TestUsers.Root);
        foreach (var url in ForTheOwner)
        {
            await page.GotoAsync(url);
            Assert.That(new Uri(page.Url).PathAndQuery, Is.EqualTo(url));
            await LookAsync(url);
        }

        await page.GotoAsync("/console/users?q=alice");
        await page.ClickAsync("table a");
        await LookAsync("a user");

        await page.GotoAsync(Server.NewRelyingParty(TestClients.Consenting).NewRequest("openid profile email api.read api.write offline_access").Url);
        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/consent"));
        await LookAsync("consent");
    }

    [Test]
    public void No_page_is_forgotten()
    {
        var patterns = Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") is not false).Select(e => "/" + e.RoutePattern.RawText!.Trim('/'))
            .Where(pattern => !NoPages.Any(start => start.EndsWith('/') ? pattern.StartsWith(start, StringComparison.Ordinal) : pattern == start)).Distinct().ToList();
        var looked = ForAnybody.Concat(ForTheOwner).Select(url => url.Split('?')[0]).ToHashSet();
        bool IsLookedAt(string pattern) => looked.Any(path => Regex.IsMatch(path, "^" + Regex.Replace(pattern, @"\{[^}:]*\}", "[^/]+").Replace("{id:guid}", "[0-9a-f-]{36}", StringComparison.Ordinal) + "$"));

        Assert.That(patterns, Has.Count.GreaterThan(50));
        Assert.That(patterns.Where(pattern => !IsLookedAt(pattern) && !Elsewhere.ContainsKey(pattern)), Is.Empty, "pages that nobody looks at");
        Assert.That(Elsewhere.Keys, Is.SubsetOf(patterns), "pages that are gone");
    }
}
