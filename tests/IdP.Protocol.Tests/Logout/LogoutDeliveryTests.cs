using System.Diagnostics;
using IdP.Protocol.Logout;
using Microsoft.AspNetCore.Http;

namespace IdP.Protocol.Tests.Logout;

/// <summary>OpenID Connect Back-Channel Logout 1.0, 2.7 and 2.8: apps that answer badly, late or not at all. None of them holds up the person.</summary>
public sealed class LogoutDeliveryTests(DatabaseKind database) : LogoutTest(database)
{
    private readonly LogoutReceiver elsewhere = new();

    protected override string MoreClients => $$"""
        , {{ClientAt("down", elsewhere.UrlOf("/down"))}}, {{Client("refusing")}}, {{Client("hanging")}}, {{Client("moved")}}, {{Client("silent")}}, {{ClientAt("private", "https://10.20.30.40/logout")}}
        """;

    protected override IReadOnlyDictionary<string, string> MoreSettings => new Dictionary<string, string> { ["OutboundHttp:Timeout"] = "00:00:05" };

    [OneTimeTearDown]
    public async Task StopElsewhereAsync() => await elsewhere.DisposeAsync();

    [Test]
    public async Task An_app_that_is_down_is_told_when_it_is_back()
    {
        var person = await SignedOutOfAsync("down");
        var waiting = await DeliveryAsync(person, d => d.LastError is not null);

        await elsewhere.StartAsync();
        Server.Clock.Advance(TimeSpan.FromMinutes(3));
        var call = await elsewhere.NextAsync("/down");
        var told = await DeliveryAsync(person, d => d.Status == LogoutDeliveryStatus.Confirmed);

        Assert.That((waiting.Status, waiting.Attempts, waiting.LastError), Is.EqualTo((LogoutDeliveryStatus.Pending, 1, "The app could not be reached, or did not answer in time.")));
        Assert.That(told.Attempts, Is.GreaterThan(1));
        Assert.That(call.Token.Instant("exp"), Is.GreaterThan(Server.Clock.Time.GetUtcNow()), "each attempt has a fresh token");
        await elsewhere.StopAsync();
    }

    [Test]
    public async Task An_app_that_stays_down_is_given_up_after_a_day_and_not_before()
    {
        var person = await SignedOutOfAsync("down");
        var attempts = new List<int>();
        for (var hours = 0; hours < 24; hours += 6)
        {
            attempts.Add((await DeliveryAsync(person, d => d.LastError is not null && d.Status == LogoutDeliveryStatus.Pending && d.NextAttemptAt > Server.Clock.Time.GetUtcNow())).Attempts);
            Server.Clock.Advance(TimeSpan.FromHours(6));
        }

        var over = await DeliveryAsync(person, d => d.Status == LogoutDeliveryStatus.Failed);

        Assert.That(attempts, Is.Ordered.Ascending);
        Assert.That(over.LastError, Is.EqualTo("The app could not be reached, or did not answer in time."));
    }

    [Test]
    public async Task An_app_that_refuses_is_told_five_times()
    {
        Apps.Answer("/refusing", async http =>
        {
            http.Response.StatusCode = 400;
            await http.Response.WriteAsJsonAsync(new { error = "invalid_request", error_description = "secret inside of the app" });
        });
        var person = await SignedOutOfAsync("refusing");

        for (var attempt = 1; attempt < 5; attempt++)
        {
            var made = attempt;
            await DeliveryAsync(person, d => d.Attempts == made && d.LastError is not null);
            Server.Clock.Advance(TimeSpan.FromMinutes(11));
        }
        var over = await DeliveryAsync(person, d => d.Status == LogoutDeliveryStatus.Failed);

        Assert.That((over.Attempts, over.LastError), Is.EqualTo((5, "The app refused the sign-out (status 400).")));
        Assert.That(Apps.Unread("/refusing").Select(call => call.Token.Text("jti")).Distinct(), Has.Exactly(5).Items);
    }

    [Test]
    public async Task An_app_that_hangs_holds_up_neither_the_person_nor_other_apps()
    {
        Apps.Answer("/hanging", http => Task.Delay(TimeSpan.FromMinutes(1), http.RequestAborted));
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        await App("hanging").SignInAsync(browser, "openid", person);
        await App("told").SignInAsync(browser, "openid", person);

        var watch = Stopwatch.StartNew();
        var page = await SignOutAsync(browser);
        watch.Stop();

        Assert.That(page.Body, Does.Contain("signed out"));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(4)), "less than the time an app gets");
        await Apps.NextAsync("/told");
        Assert.That(() => DeliveriesAsync(person).Result.Select(d => (d.Status, d.LastError)),
            Is.EquivalentTo(new[] { (LogoutDeliveryStatus.Confirmed, null), (LogoutDeliveryStatus.Pending, "The app could not be reached, or did not answer in time.") }).After(20).Seconds.PollEvery(100).MilliSeconds);
    }

    [Test]
    public async Task A_redirect_is_not_followed()
    {
        Apps.Answer("/moved", http =>
        {
            http.Response.Redirect(Apps.UrlOf("/lured"));
            return Task.CompletedTask;
        });
        var person = await SignedOutOfAsync("moved");

        var waiting = await DeliveryAsync(person, d => d.LastError is not null);

        Assert.That(waiting.LastError, Is.EqualTo("The app answered with a redirect (status 302), which is not followed."));
        Assert.That(Apps.Unread("/lured"), Is.Empty);
    }

    [Test]
    public async Task An_empty_answer_confirms_as_well()
    {
        Apps.Answer("/silent", 204);
        var person = await SignedOutOfAsync("silent");

        Assert.That((await DeliveryAsync(person, d => d.Status == LogoutDeliveryStatus.Confirmed)).Attempts, Is.EqualTo(1));
    }

    [Test]
    public async Task An_address_inside_a_private_network_is_not_called_and_the_receipt_says_why()
    {
        var person = await SignedOutOfAsync("private");

        var over = await DeliveryAsync(person, d => d.Status == LogoutDeliveryStatus.Failed);

        Assert.That((over.Attempts, over.LastError), Is.EqualTo((1, "The app's address may not be called: it is not https, or it leads into a network that is not public and not in OutboundHttp:AllowedNetworks.")));
    }

    private async Task<TestUser> SignedOutOfAsync(string app)
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        await App(app).SignInAsync(browser, "openid", person);
        await SignOutAsync(browser);
        return person;
    }
}
