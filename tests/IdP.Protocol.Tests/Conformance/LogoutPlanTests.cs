using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Conformance;

/// <summary>The plan for RP-initiated logout: when the browser is led back to the app, when it is not, and that the session is gone.</summary>
public sealed class LogoutPlanTests(DatabaseKind database) : OpTest(database)
{
    private static readonly Variant Code = new("code");

    private static string Out => App.PostLogoutRedirectUri!; // this client has one

    [TestCase("state-of-the-app")]
    [TestCase(null)]
    public async Task With_hint_and_registered_address_the_browser_returns_with_the_state_and_the_session_is_gone(string? state)
    {
        using var browser = Server.NewBrowser();
        var session = await SignInAsync(browser, Code, "openid", Person);

        var page = await LogOutAsync(browser, ("id_token_hint", session.IdToken), ("post_logout_redirect_uri", Out), ("state", state));

        Assert.That(page.Location?.GetLeftPart(UriPartial.Path), Is.EqualTo(Out));
        Assert.That(page.LocationParameters.GetValueOrDefault("state"), Is.EqualTo(state));
        await AssertSignedOutAsync(browser);
    }

    [TestCase("https://op.example.test/unregistered")]
    [TestCase("https://op.example.test/out?foo=bar")]
    [TestCase("https://op.example.test/out/")]
    [TestCase("https://op.example.test.evil.test/out")]
    public async Task An_address_that_is_not_registered_is_never_followed(string address)
    {
        using var browser = Server.NewBrowser();
        var session = await SignInAsync(browser, Code, "openid", Person);

        var page = await LogOutAsync(browser, ("id_token_hint", session.IdToken), ("post_logout_redirect_uri", address), ("state", "x"));

        AssertStaysHere(page);
    }

    [TestCase("none")]
    [TestCase("foreign key")]
    [TestCase("other person")]
    public async Task A_hint_that_we_did_not_sign_leads_nowhere(string damage)
    {
        using var browser = Server.NewBrowser();
        var session = await SignInAsync(browser, Code, "openid", Person);
        var parts = session.IdToken.Split('.');
        var hint = damage switch
        {
            "none" => $"{Encode("""{"alg":"none"}""")}.{parts[1]}.",
            "foreign key" => $"{parts[0]}.{parts[1]}.{WebEncoders.Base64UrlEncode(new byte[256])}",
            _ => $"{parts[0]}.{Encode(Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(parts[1])).Replace("\"sub\":\"", "\"sub\":\"0", StringComparison.Ordinal))}.{parts[2]}",
        };

        var page = await LogOutAsync(browser, ("id_token_hint", hint), ("post_logout_redirect_uri", Out), ("state", "x"));

        AssertStaysHere(page);
    }

    [Test]
    public async Task An_address_without_a_hint_leads_nowhere_before_the_person_has_agreed()
    {
        using var browser = Server.NewBrowser();
        await SignInAsync(browser, Code, "openid", Person);

        var page = await LogOutAsync(browser, ("post_logout_redirect_uri", Out), ("state", "x"));

        AssertStaysHere(page);
    }

    [TestCase(false, false)]
    [TestCase(false, true)]
    [TestCase(true, false)]
    public async Task Without_an_address_the_person_is_signed_out_here(bool withHint, bool withState)
    {
        using var browser = Server.NewBrowser();
        var session = await SignInAsync(browser, Code, "openid", Person);

        var page = await LogOutAsync(browser, ("id_token_hint", withHint ? session.IdToken : null), ("state", withState ? "x" : null));
        if (!withHint)
        {
            Assert.That(page.Forms, Is.Not.Empty, "without a hint the person is asked first");
            page = await browser.FollowAsync(await browser.SubmitAsync(page.Forms[0], []));
        }

        AssertStaysHere(page);
        Assert.That(page.Body, Does.Contain("signed out"));
        await AssertSignedOutAsync(browser);
    }

    [Test]
    public async Task Discovery_names_the_logout_endpoint_and_both_channels()
    {
        using var discovery = System.Text.Json.JsonDocument.Parse(await Server.NewHttpClient().GetStringAsync("/.well-known/openid-configuration"));
        var metadata = discovery.RootElement;

        Assert.Multiple(() =>
        {
            Assert.That(metadata.GetProperty("end_session_endpoint").GetString(), Is.EqualTo(Issuer + "/connect/endsession"));
            Assert.That(metadata.GetProperty("check_session_iframe").GetString(), Is.EqualTo(Issuer + "/connect/checksession"));
            foreach (var flag in (string[])["frontchannel_logout_supported", "frontchannel_logout_session_supported", "backchannel_logout_supported", "backchannel_logout_session_supported"])
                Assert.That(metadata.GetProperty(flag).GetBoolean(), Is.True, flag);
        });
    }

    private static async Task<Page> LogOutAsync(BrowserClient browser, params (string Name, string? Value)[] parameters) =>
        await browser.OpenAsync(QueryHelpers.AddQueryString("/connect/endsession", parameters.Where(p => p.Value is not null).ToDictionary(p => p.Name, p => p.Value)));

    private void AssertStaysHere(Page page)
    {
        Assert.That(page.Location?.Authority ?? Server.Origin.Authority, Is.EqualTo(Server.Origin.Authority), page.Location?.ToString());
        Assert.That(page.Body, Does.Not.Contain("href=\"https://op.example.test.evil.test").And.Not.Contain("href=\"https://op.example.test/unregistered"));
    }

    private async Task AssertSignedOutAsync(BrowserClient browser) =>
        Assert.That((await Server.NewRelyingParty(App).AuthorizeAsync(browser, "openid", null, Request(Code, ("prompt", "none")))).Error, Is.EqualTo("login_required"));

    private static string Encode(string text) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(text));
}
