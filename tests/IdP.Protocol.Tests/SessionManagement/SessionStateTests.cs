using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.SessionManagement;

/// <summary>OpenID Connect Session Management 1.0 over HTTP; the frame's script runs in the browser tests.</summary>
public sealed class SessionStateTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task An_authentication_answer_carries_the_state_of_the_session_bound_to_client_and_origin()
    {
        using var browser = Server.NewBrowser();
        var answer = await Server.NewRelyingParty(TestClients.Web).AuthorizeAsync(browser, "openid", TestUsers.Alice);

        var parts = answer.Parameters["session_state"].Split('.');
        var browserState = browser.Cookies.GetCookies(browser.Origin)["idp.state"]!.Value;
        Assert.That(parts, Has.Length.EqualTo(2));
        Assert.That(parts[0], Is.EqualTo(WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.UTF8.GetBytes($"web https://web.example.test {browserState} {parts[1]}")))));
        Assert.That(parts[1], Has.Length.GreaterThanOrEqualTo(16));
    }

    [Test]
    public async Task A_request_without_openid_gets_none()
    {
        using var browser = Server.NewBrowser();
        var answer = await Server.NewRelyingParty(TestClients.Web).AuthorizeAsync(browser, "api.read", TestUsers.Alice);

        Assert.That(answer.Parameters, Does.ContainKey("code").And.Not.ContainKey("session_state"));
    }

    [Test]
    public async Task The_browser_state_changes_with_every_sign_in_opens_nothing_and_is_gone_after_the_sign_out()
    {
        using var browser = Server.NewBrowser();
        var cookies = new List<string?>();
        for (var i = 0; i < 2; i++)
        {
            await browser.SignInAsync(await browser.GetAsync("/signin"), TestUsers.Bob.UserName, TestUsers.Bob.Password);
            cookies.Add(browser.Cookies.GetCookies(browser.Origin)["idp.state"]?.Value);
        }
        using var thief = Server.NewBrowser();
        foreach (var name in new[] { "idp.session", "idp.state" }) thief.Cookies.Add(thief.Origin, new Cookie(name, cookies[1]));

        var stolen = await thief.GetAsync("/account");
        await browser.SubmitAsync((await browser.GetAsync("/signout")).Forms.Single(), []);

        Assert.That(cookies, Is.Unique.And.All.Length.EqualTo(43));
        Assert.That(stolen.IsRedirect, Is.True);
        Assert.That(browser.Cookies.GetCookies(browser.Origin)["idp.state"], Is.Null);
        var silent = await Server.NewRelyingParty(TestClients.Web).AuthorizeAsync(browser, "openid", user: null, [new("prompt", "none")]);
        Assert.That(silent.Error, Is.EqualTo("login_required"));
    }

    [Test]
    public async Task A_planted_browser_state_is_replaced_at_the_next_answer()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        await web.AuthorizeAsync(browser, "openid", TestUsers.Alice);
        var real = browser.Cookies.GetCookies(browser.Origin)["idp.state"]!.Value;
        browser.Cookies.Add(browser.Origin, new Cookie("idp.state", "planted"));

        await web.AuthorizeAsync(browser, "openid");

        Assert.That(browser.Cookies.GetCookies(browser.Origin)["idp.state"]!.Value, Is.EqualTo(real));
    }

    [Test]
    public async Task The_frame_may_be_framed_by_anyone_runs_one_script_and_nothing_inline()
    {
        using var http = Server.NewHttpClient();
        using var answer = await http.GetAsync("/connect/checksession");
        using var other = await http.GetAsync("/signin");

        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.That(policy, Is.EqualTo("default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"));
        Assert.That(answer.Headers.Contains("X-Frame-Options"), Is.False);
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/html"));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Match("<script src=\"/assets/[0-9a-f]+/checksession.js\"></script>").And.Not.Match("<script>"));
        Assert.That((other.Headers.GetValues("X-Frame-Options").Single(), other.Headers.GetValues("Content-Security-Policy").Single().Contains("frame-ancestors 'none'", StringComparison.Ordinal)), Is.EqualTo(("DENY", true)), "no other page");
    }

    [Test]
    public async Task Discovery_names_the_frame_and_both_channels_of_logout()
    {
        using var http = Server.NewHttpClient();
        using var metadata = JsonDocument.Parse(await http.GetStringAsync("/.well-known/openid-configuration"));

        var origin = Server.Origin.GetLeftPart(UriPartial.Authority);
        Assert.That(metadata.RootElement.GetProperty("check_session_iframe").GetString(), Is.EqualTo(origin + "/connect/checksession"));
        Assert.That(metadata.RootElement.GetProperty("end_session_endpoint").GetString(), Is.EqualTo(origin + "/connect/endsession"));
        foreach (var flag in new[] { "frontchannel_logout_supported", "frontchannel_logout_session_supported", "backchannel_logout_supported", "backchannel_logout_session_supported" })
            Assert.That(metadata.RootElement.GetProperty(flag).GetBoolean(), Is.True, flag);
    }
}
