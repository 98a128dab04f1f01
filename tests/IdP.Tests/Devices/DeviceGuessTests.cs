using System.Net;
using IdP.Tests.SignIn;

namespace IdP.Tests.Devices;

/// <summary>RFC 8628 5.1: many people at many addresses together cannot search the codes either.</summary>
public sealed class DeviceGuessTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient Tv = new("tv");

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""
            { "clients": [
              { "clientId": "tv", "clientName": "Living-room TV", "applicationType": "device", "tokenEndpointAuthMethod": "none", "requireConsent": false,
                "allowedGrantTypes": ["urn:ietf:params:oauth:grant-type:device_code"], "allowedScopes": ["openid"] }
            ] }
            """),
        More = new Dictionary<string, string>
        {
            ["Lockout:MaxUserCodeFailures"] = "4", ["Lockout:MaxUserCodeFailuresPerSource"] = "5", ["Lockout:MaxUserCodeFailuresInAll"] = "7", ["ReverseProxy:KnownProxies"] = "127.0.0.1, ::1",
        },
    };

    /// <summary>The limits of one test are over before the next begins.</summary>
    [SetUp]
    public void ForgetEarlierGuesses() => Server.Clock.Advance(TimeSpan.FromMinutes(6));

    [Test]
    public async Task Guesses_run_out_in_all_whoever_makes_them_from_wherever()
    {
        var statuses = new List<HttpStatusCode>();
        for (var person = 0; person < 9; person++) statuses.Add((await (await SignedInAsync($"192.0.2.{person + 1}")).EnterCodeAsync("CCCC-CCC" + "BCDFGHJKL"[person])).Status);

        Assert.That(statuses.Take(7), Has.All.EqualTo(HttpStatusCode.OK), "no person and no address made more than one");
        Assert.That(statuses.Skip(7), Has.All.EqualTo(HttpStatusCode.TooManyRequests));
    }

    [Test]
    public async Task A_right_code_is_held_up_too_while_the_guesses_of_all_have_run_out_and_works_when_their_time_is_over()
    {
        var tv = Server.NewRelyingParty(Tv);
        for (var person = 0; person < 7; person++) await (await SignedInAsync($"198.51.100.{person + 1}")).EnterCodeAsync("DDDD-DDD" + "BCDFGHJ"[person]);
        using var browser = await SignedInAsync("203.0.113.1");

        var limited = await browser.EnterCodeAsync((await tv.StartDeviceAsync("openid")).UserCode);
        Server.Clock.Advance(TimeSpan.FromMinutes(5));
        var later = await browser.EnterCodeAsync((await tv.StartDeviceAsync("openid")).UserCode);

        Assert.That(limited.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(limited.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero).And.LessThanOrEqualTo(TimeSpan.FromMinutes(5)));
        Assert.That(limited.Body, Does.Not.Contain("Living-room TV"), "a right guess is not told from a wrong one");
        Assert.That(later.Body, Does.Contain("Connect Living-room TV?"));
    }

    [Test]
    public async Task Right_codes_and_guesses_that_another_limit_refused_take_nothing_from_the_others()
    {
        var tv = Server.NewRelyingParty(Tv);
        using var stubborn = await SignedInAsync("192.0.2.1");
        for (var i = 0; i < 10; i++) Assert.That((await (await SignedInAsync($"192.0.2.{i + 2}")).EnterCodeAsync((await tv.StartDeviceAsync("openid")).UserCode)).Body, Does.Contain("Connect Living-room TV?"));

        for (var i = 0; i < 8; i++) await stubborn.EnterCodeAsync("FFFF-FFF" + "BCDFGHJK"[i]); // four are made, four refused

        var others = new List<HttpStatusCode>();
        for (var i = 0; i < 4; i++) others.Add((await (await SignedInAsync($"192.0.2.{i + 20}")).EnterCodeAsync("GGGG-GGG" + "BCDF"[i])).Status);
        Assert.That(others, Is.EqualTo(new[] { HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests }));
    }

    private async Task<BrowserClient> SignedInAsync(string address)
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        await browser.TrySignInAsync(person.UserName!, People.Password); // made with a name
        return browser;
    }
}
