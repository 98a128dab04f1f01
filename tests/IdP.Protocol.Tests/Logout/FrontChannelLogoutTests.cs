using System.Net;
using System.Text.RegularExpressions;

namespace IdP.Protocol.Tests.Logout;

/// <summary>OpenID Connect Front-Channel Logout 1.0, 2 and 3.</summary>
public sealed partial class FrontChannelLogoutTests(DatabaseKind database) : LogoutTest(database)
{
    protected override string MoreClients => $$"""
        , {{ClientAt("framed", null, "\"frontChannelLogoutUri\": \"https://framed.example.test/front?app=1\"")}},
        {{ClientAt("framed-bare", null, "\"frontChannelLogoutUri\": \"https://bare.example.test:8443/front\", \"frontChannelLogoutSessionRequired\": false")}}
        """;

    [Test]
    public async Task A_logout_that_an_app_asks_for_loads_the_frames_first_and_then_leads_back_with_the_state()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        var tokens = await App("framed").SignInAsync(browser, "openid", person);

        var page = await browser.OpenAsync(EndSession(tokens, "framed", "state=s1"));
        var frame = new Uri(Frames(page).Single());
        var back = await browser.FollowAsync(await browser.GetAsync(Links(page).Single(link => link.StartsWith("/connect/endsession", StringComparison.Ordinal))));

        var sid = Jwt.Parse(tokens.IdToken!).Text("sid");
        Assert.Multiple(() =>
        {
            Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(frame.GetLeftPart(UriPartial.Path), Is.EqualTo("https://framed.example.test/front"));
            Assert.That(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(frame.Query).ToDictionary(p => p.Key, p => p.Value.ToString()),
                Is.EquivalentTo(new Dictionary<string, string?> { ["app"] = "1", ["iss"] = Server.Origin.GetLeftPart(UriPartial.Authority), ["sid"] = sid }));
            Assert.That(FrameSources(page), Is.EqualTo("https://framed.example.test"));
            Assert.That(page.Body, Does.Contain("App framed"), "the page names the app");
            Assert.That((back.Status, back.Location?.AbsoluteUri), Is.EqualTo((HttpStatusCode.SeeOther, "https://framed.example.test/out?state=s1")));
        });
        Assert.That((await browser.GetAsync("/account")).IsRedirect, Is.True, "signed out before the frames are loaded");
    }

    [Test]
    public async Task Each_app_of_the_session_gets_its_own_frame_and_only_their_origins_may_be_framed()
    {
        var person = await NewPersonAsync();
        var (here, there) = (Server.NewBrowser(), Server.NewBrowser());
        await App("framed").SignInAsync(here, "openid", person);
        await App("framed-bare").SignInAsync(here, "openid", person);
        await App("framed-bare").SignInAsync(here, "openid", person);
        await App("deaf").SignInAsync(there, "openid", person);

        var page = await SignOutAsync(here);
        var other = await SignOutAsync(there);

        Assert.That(Frames(page), Has.Exactly(1).StartsWith("https://framed.example.test/front?").And.Exactly(1).EqualTo("https://bare.example.test:8443/front"), "without iss and sid where the app does not ask for them");
        Assert.That(FrameSources(page).Split(' '), Is.EquivalentTo(new[] { "https://framed.example.test", "https://bare.example.test:8443" }));
        Assert.That((Frames(other).Count, FrameSources(other)), Is.EqualTo((0, "")));
    }

    [Test]
    public async Task Without_frames_the_browser_goes_back_at_once()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        var tokens = await App("deaf").SignInAsync(browser, "openid", person);

        var back = await browser.GetAsync(EndSession(tokens, "deaf", "state=s2"));

        Assert.That((back.Status, back.Location?.AbsoluteUri), Is.EqualTo((HttpStatusCode.SeeOther, "https://deaf.example.test/out?state=s2")));
    }

    [Test]
    public async Task Frames_are_loaded_as_well_when_the_person_was_asked_first()
    {
        var person = await NewPersonAsync();
        using var browser = Server.NewBrowser();
        await App("framed").SignInAsync(browser, "openid", person);

        var question = await browser.OpenAsync("/connect/endsession?client_id=framed&post_logout_redirect_uri=https%3A%2F%2Fframed.example.test%2Fout&state=s3");
        var page = await browser.FollowAsync(await browser.SubmitAsync(question.Forms.Single(), []));
        var back = await browser.FollowAsync(await browser.GetAsync(Links(page).Single(link => link.StartsWith("/connect/endsession", StringComparison.Ordinal))));

        Assert.That(question.Body, Does.Contain("App framed"), "the question names the app that asks");
        Assert.That(Frames(page), Has.Count.EqualTo(1));
        Assert.That(back.Location?.AbsoluteUri, Is.EqualTo("https://framed.example.test/out?state=s3"));
    }

    private static string EndSession(TokenAnswer tokens, string app, string more) =>
        $"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri={Uri.EscapeDataString($"https://{app}.example.test/out")}&{more}";

    private static List<string> Frames(Page page) => [.. FrameAddress().Matches(page.Body).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value))];

    private static List<string> Links(Page page) => [.. LinkAddress().Matches(page.Body).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value))];

    private static string FrameSources(Page page) =>
        page.Headers.GetValues("Content-Security-Policy").Single().Split("; ").SingleOrDefault(part => part.StartsWith("frame-src ", StringComparison.Ordinal))?["frame-src ".Length..] ?? "";

    [GeneratedRegex("<iframe[^>]* src=\"([^\"]*)\"")]
    private static partial Regex FrameAddress();

    [GeneratedRegex("<a [^>]*href=\"([^\"]*)\"")]
    private static partial Regex LinkAddress();
}
