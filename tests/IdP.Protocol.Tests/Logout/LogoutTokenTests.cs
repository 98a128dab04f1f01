using System.Text.Json;
using IdP.Protocol.Logout;

namespace IdP.Protocol.Tests.Logout;

/// <summary>OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.5: what apps are told.</summary>
public sealed class LogoutTokenTests(DatabaseKind database) : LogoutTest(database)
{
    protected override string MoreClients => $$"""
        , {{Client("elliptic-told", "\"idTokenSignedResponseAlg\": \"ES256\"")}}, {{Client("all-sessions", "\"backChannelLogoutSessionRequired\": false")}},
        {{Client("pairwise-told", "\"subjectType\": \"pairwise\"")}}
        """;

    [Test]
    public async Task At_a_logout_that_the_app_asks_for_it_gets_a_logout_token_and_the_browser_goes_back_at_once()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        var app = App("told");
        var tokens = await app.SignInAsync(browser, "openid", person);

        var back = await browser.OpenAsync($"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri=https%3A%2F%2Ftold.example.test%2Fout&state=s1");
        var call = await Apps.NextAsync("/told");

        var (token, id) = (call.Token, Jwt.Parse(tokens.IdToken!));
        Assert.Multiple(() =>
        {
            Assert.That(back.Location?.AbsoluteUri, Is.EqualTo("https://told.example.test/out?state=s1"));
            Assert.That((call.Method, call.ContentType, call.Form.Count), Is.EqualTo(("POST", "application/x-www-form-urlencoded", 1)));
            Assert.That((token.Header.GetProperty("typ").GetString(), token.Header.GetProperty("alg").GetString()), Is.EqualTo(("logout+jwt", "RS256")));
            Assert.That(token.Text("iss"), Is.EqualTo(id.Text("iss")));
            Assert.That(token.Text("aud"), Is.EqualTo("told"));
            Assert.That(token.Text("sub"), Is.EqualTo(id.Text("sub")));
            Assert.That(token.Text("sid"), Is.EqualTo(id.Text("sid")).And.Not.Null);
            Assert.That(token.Text("jti"), Is.Not.Null.And.Not.Empty);
            Assert.That(token.Payload.GetProperty("events").GetProperty("http://schemas.openid.net/event/backchannel-logout").ValueKind, Is.EqualTo(JsonValueKind.Object));
            Assert.That(token.Instant("iat"), Is.EqualTo(Server.Clock.Time.GetUtcNow()).Within(TimeSpan.FromSeconds(10)));
            Assert.That(token.Instant("exp") - token.Instant("iat"), Is.EqualTo(TimeSpan.FromMinutes(2)));
            Assert.That(token.Payload.EnumerateObject().Select(claim => claim.Name), Is.EquivalentTo(new[] { "iss", "aud", "iat", "exp", "jti", "events", "sub", "sid" }), "no nonce (2.4), and nothing else");
        });
        Assert.That(token.IsSignedBy(await app.KeySetAsync()), Is.True);
        var receipt = await DeliveryAsync(person, d => d.Status == LogoutDeliveryStatus.Confirmed);
        Assert.That((receipt.Attempts, receipt.ConfirmedAt is not null, receipt.LastError), Is.EqualTo((1, true, (string?)null)));
    }

    [Test]
    public async Task The_logout_token_is_signed_like_the_ID_tokens_of_the_client()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        await App("elliptic-told").SignInAsync(browser, "openid", person);

        await SignOutAsync(browser);

        var token = (await Apps.NextAsync("/elliptic-told")).Token;
        Assert.That(token.Header.GetProperty("alg").GetString(), Is.EqualTo("ES256"));
        Assert.That(token.IsSignedBy(await App("elliptic-told").KeySetAsync()), Is.True);
    }

    [Test]
    public async Task A_pairwise_app_is_told_the_subject_that_it_knows_and_may_use_it_to_ask_for_the_logout()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        var tokens = await App("pairwise-told").SignInAsync(browser, "openid", person);

        var back = await browser.OpenAsync($"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri=https%3A%2F%2Fpairwise-told.example.test%2Fout");

        Assert.That(back.Location?.Host, Is.EqualTo("pairwise-told.example.test"));
        Assert.That((await Apps.NextAsync("/pairwise-told")).Token.Text("sub"), Is.EqualTo(Jwt.Parse(tokens.IdToken!).Text("sub")).And.Not.EqualTo((await IdOfAsync(person)).ToString()));
    }

    [Test]
    public async Task An_app_that_does_not_ask_for_the_session_is_told_the_person_only()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        await App("all-sessions").SignInAsync(browser, "openid", person);

        await SignOutAsync(browser);

        var token = (await Apps.NextAsync("/all-sessions")).Token;
        Assert.That((token.Text("sid"), token.Text("sub")), Is.EqualTo(((string?)null, (await IdOfAsync(person)).ToString())));
    }

    [Test]
    public async Task Every_app_of_the_session_is_told_once_however_often_it_was_visited_and_no_other()
    {
        var person = await NewPersonAsync();
        var (here, there) = (Server.NewBrowser(), Server.NewBrowser());
        await App("told").SignInAsync(here, "openid", person);
        await App("told").SignInAsync(here, "openid profile", person);
        await App("deaf").SignInAsync(here, "openid", person);
        await App("also-told").SignInAsync(there, "openid", person);

        await SignOutAsync(here);

        await Apps.NextAsync("/told");
        Assert.That(await DeliveriesAsync(person), Has.Count.EqualTo(1));
        Assert.That(Apps.Unread("/also-told"), Is.Empty, "the other browser's session goes on");
    }

    [Test]
    public async Task An_app_still_knows_the_session_after_the_person_proved_again_who_they_are()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        var before = await App("told").SignInAsync(browser, "openid", person);
        var again = await App("also-told").AuthorizeAsync(browser, "openid", person, [new("prompt", "login")]);
        var after = (await App("also-told").ExchangeCodeAsync(again)).Expected();

        await SignOutAsync(browser);

        var sid = Jwt.Parse(before.IdToken!).Text("sid");
        Assert.That(Jwt.Parse(after.IdToken!).Text("sid"), Is.EqualTo(sid));
        Assert.That((await Apps.NextAsync("/told")).Token.Text("sid"), Is.EqualTo(sid));
        Assert.That((await Apps.NextAsync("/also-told")).Token.Text("sid"), Is.EqualTo(sid));
    }
}
