using IdP.Organizations;
using IdP.Policies;
using IdP.Risk;
using IdP.SignIn;
using IdP.Testing;
using Microsoft.EntityFrameworkCore;
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

    /// <summary>With something to warn of on the dashboard, and a sign-in that was stopped.</summary>
    [OneTimeSetUp]
    public async Task StartServerAsync()
    {
        server = await ServerUnderTest.StartAsync(new ServerSettings(DatabaseKind.Sqlite));
        var now = server.Clock.Time.GetUtcNow();
        var risk = new RiskFacts { Signals = [.. Enum.GetValues<RiskSignal>()], Network = "AS64500", Failures = 5, Travel = new(6364, 1) };
        await server.WithDatabaseAsync(async db =>
        {
            db.Organizations.Add(new Organization { Name = "acme", DisplayName = "Acme and Sons", CreatedAt = now, ThrottledAt = now });
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

        foreach (var url in new[] { "/signin", "/signedout", "/error", "/signin/refused?why=unusual&trace=" + Unusual, "/device", "/device?user_code=BCDF-GHJK", "/device/done?outcome=allowed&client_id=web", "/device/done" })
        {
            await page.GotoAsync(url);
            await LookAsync(url);
        }

        await page.GotoAsync("/signin");
        await page.FillAsync("#username", TestUsers.Root.UserName);
        await page.ClickAsync("button.primary");
        await LookAsync("the page for the password");
        await page.GotoAsync("/signin?returnUrl=/console");
        await visitor.SignInAsync(TestUsers.Root);
        foreach (var url in new[] { "/", "/account", "/account/sessions", "/account/password", "/account/security", "/account/security/app", "/account/profile", "/account/activity", "/account/connections", "/account/freeze", "/signin/accounts", "/signin", "/signout", "/console", "/console/clients", "/console/clients/new", "/console/clients/new?type=Spa", "/console/clients/new?type=Device", "/console/clients/web", "/console/clients/web/people", "/console/sessions", "/console/sessions?app=web", "/console/users", "/console/users/new", "/console/policies", "/console/policies/new", "/console/decisions", "/console/decisions?trace=" + Unusual, "/console/signouts", "/console/registration", "/console/issuers", "/console/issuers/new", "/console/conformance" })
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
}
