using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using IdP.Protocol.Logout;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Logout;

/// <summary>What the person and the administrator see of a sign-out.</summary>
public sealed partial class SignOutReceiptTests(DatabaseKind database) : LogoutTest(database)
{
    protected override string MoreClients => $$"""
        , {{Client("broken")}}, {{ClientAt("private", "https://10.20.30.40/logout")}}
        """;

    [Test]
    public async Task The_page_says_of_each_app_whether_it_confirmed_is_told_again_could_not_be_reached_or_takes_no_sign_outs()
    {
        Apps.Answer("/broken", 503);
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        foreach (var app in new[] { "told", "broken", "private", "deaf" }) await App(app).SignInAsync(browser, "openid", person);

        var page = await SignOutAsync(browser);
        var receipt = Receipt().Match(page.Url.Query).Groups[1].Value;
        Dictionary<string, string> states = [];
        for (var look = 0; look < 100 && states.GetValueOrDefault("told") != "Signed out" | states.GetValueOrDefault("private") != "Not reached" | states.GetValueOrDefault("broken") == "Being told"; look++)
        {
            states = await StatesAsync(browser, receipt);
            await Task.Delay(50);
        }
        var later = await browser.GetAsync(page.Url.PathAndQuery + "&again=true");

        Assert.That(states, Is.EquivalentTo(new Dictionary<string, string> { ["told"] = "Signed out", ["broken"] = "No answer, trying again", ["private"] = "Not reached", ["deaf"] = "Takes no sign-outs" }));
        foreach (var text in new[] { "App told", "Signed out", "App broken", "No answer, trying again", "App private", "Not reached", "App deaf", "Takes no sign-outs", "Look again" })
            Assert.That(later.Body, Does.Contain(text), "the same without script");
        Assert.That(later.Body, Does.Not.Contain("503").And.Not.Contain("10.20.30.40"), "reasons are for the administrator");
    }

    [Test]
    public async Task A_receipt_opens_only_as_it_was_sealed_and_for_half_an_hour()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        await App("told").SignInAsync(browser, "openid", person);
        var receipt = Receipt().Match((await SignOutAsync(browser)).Url.Query).Groups[1].Value;
        var sid = (await DeliveriesAsync(person)).Single().SessionId!.Value;
        var damaged = receipt[..^6] + (receipt[^6] == 'A' ? 'B' : 'A') + receipt[^5..];

        Assert.That((await browser.GetAsync("/signedout/state?receipt=" + receipt)).Status, Is.EqualTo(HttpStatusCode.OK));
        foreach (var guess in new[] { damaged, sid.ToString(), sid.ToString("N"), "", new string('A', 5000), "%00", "ü" })
        {
            Assert.That((await browser.GetAsync("/signedout/state?receipt=" + guess)).Status, Is.EqualTo(HttpStatusCode.NotFound), guess);
            var page = await browser.GetAsync("/signedout?receipt=" + guess);
            Assert.That((page.Status, page.Body.Contains("App told", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.OK, false)), guess);
        }

        Server.Clock.Advance(TimeSpan.FromMinutes(31));
        Assert.That((await browser.GetAsync("/signedout/state?receipt=" + receipt)).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("https://evil.test/")]
    [TestCase("//evil.test/connect/endsession?post_logout_redirect_uri=https://told.example.test/out")]
    [TestCase("/connect/endsession?client_id=told&post_logout_redirect_uri=https://evil.test/")]
    [TestCase("javascript:alert(1)")]
    public async Task The_page_leads_on_only_to_a_logout_that_was_asked_for_with_a_registered_address(string returnUrl)
    {
        using var browser = Server.NewBrowser();

        var page = await browser.GetAsync("/signedout?returnUrl=" + Uri.EscapeDataString(returnUrl));

        Assert.That(page.Body, Does.Not.Contain("evil.test").And.Not.Contain("Return to").And.Not.Contain("javascript:"));
    }

    [Test]
    public async Task An_administrator_sees_the_reason_and_tells_the_app_again_once_it_is_mended()
    {
        Apps.Answer("/broken", 400);
        var person = await NewPersonAsync();
        using (var browser = Server.NewBrowser())
        {
            await App("broken").SignInAsync(browser, "openid", person);
            await SignOutAsync(browser);
        }
        var waiting = await DeliveryAsync(person, d => d.LastError is not null);
        // Only the button may make the next attempt.
        var hour = Server.Clock.Time.GetUtcNow().AddHours(1);
        await Server.WithDatabaseAsync(db => db.LogoutDeliveries.Where(d => d.Id == waiting.Id).ExecuteUpdateAsync(d => d.SetProperty(x => x.NextAttemptAt, hour)));
        using var admin = Server.NewBrowser();
        await admin.SignInAsync(await admin.GetAsync("/signin"), TestUsers.Root.UserName, TestUsers.Root.Password);

        var page = await admin.GetAsync("/console/signouts?state=pending");
        Apps.Answer("/broken", 200);
        var answer = await admin.SubmitAsync(page.Forms.Single(f => f.Action.AbsolutePath == $"/console/signouts/{waiting.Id}/retry"), []);

        Assert.That(page.Body, Does.Contain("The app refused the sign-out (status 400).").And.Contain("App broken"));
        Assert.That(answer.Location?.PathAndQuery, Is.EqualTo("/console/signouts?done=retried&state=pending"));
        var told = await DeliveryAsync(person, d => d.Status == LogoutDeliveryStatus.Confirmed);
        Assert.That(told.LastError, Is.Null);
        Assert.That(await Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(a => a.Action == "logout.retried" && a.TargetId == waiting.Id.ToString() && a.ActorId != null && a.Source == "console")), Is.EqualTo(1));
        Assert.That((await admin.GetAsync("/console/signouts")).Body, Does.Contain("App broken"));
        Assert.That((await admin.GetAsync($"/console/signouts?before={waiting.Id}")).Body, Does.Not.Contain($"/console/users/{waiting.Subject}"), "what came before it");
        Assert.That((await admin.GetAsync("/console/signouts?before=ffffffff-ffff-ffff-ffff-ffffffffffff&state=confirmed")).Body, Does.Contain($"/console/users/{waiting.Subject}"));

        await using var scope = Server.Services.CreateAsyncScope();
        Assert.That((await scope.ServiceProvider.GetRequiredService<RetryLogout>().ExecuteAsync(waiting.Id, CancellationToken.None)).Failure?.Code, Is.EqualTo("already_confirmed"));
    }

    [Test]
    public async Task Nobody_but_an_administrator_sees_sign_outs_or_retries_them()
    {
        using var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.GetAsync("/signin"), TestUsers.Alice.UserName, TestUsers.Alice.Password);
        var token = (await browser.GetAsync("/signout")).Forms.Single()["csrf"].Value;

        Assert.That((await browser.GetAsync("/console/signouts")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await browser.PostAsync($"/console/signouts/{Guid.NewGuid()}/retry", [new("csrf", token)])).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private static async Task<Dictionary<string, string>> StatesAsync(BrowserClient browser, string receipt)
    {
        using var state = JsonDocument.Parse((await browser.GetAsync("/signedout/state?receipt=" + receipt)).Body);
        return state.RootElement.GetProperty("apps").EnumerateArray().ToDictionary(app => app.GetProperty("id").GetString()!, app => app.GetProperty("state").GetString()!); // every line has both
    }

    [GeneratedRegex("receipt=([^&]*)")]
    private static partial Regex Receipt();
}
