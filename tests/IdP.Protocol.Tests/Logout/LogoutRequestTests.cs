using System.Net;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Logout;

/// <summary>OpenID Connect RP-Initiated Logout 1.0, 2 and 3: what a request must bring to lead anywhere.</summary>
public sealed class LogoutRequestTests(DatabaseKind database) : LogoutTest(database)
{
    private const string Out = "https://told.example.test/out";

    [Test]
    public async Task Without_a_state_the_browser_goes_back_without_one_and_the_session_is_gone()
    {
        var (browser, tokens) = await SignedInAsync();

        var back = await browser.OpenAsync($"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri={Uri.EscapeDataString(Out)}");

        Assert.That((back.Status, back.Location?.AbsoluteUri), Is.EqualTo((HttpStatusCode.SeeOther, Out)));
        await AssertSignedOutAsync(browser);
    }

    [Test]
    public async Task A_posted_request_works_as_well_and_the_answer_makes_the_browser_get()
    {
        var (browser, tokens) = await SignedInAsync();

        var back = await browser.PostAsync("/connect/endsession", [new("id_token_hint", tokens.IdToken!), new("post_logout_redirect_uri", Out), new("state", "s1")]);

        Assert.That((back.Status, back.Location?.AbsoluteUri), Is.EqualTo((HttpStatusCode.SeeOther, Out + "?state=s1")));
    }

    [Test]
    public async Task With_a_hint_but_no_address_the_person_is_signed_out_and_sees_a_page_that_names_the_app()
    {
        var (browser, tokens) = await SignedInAsync();

        var page = await browser.OpenAsync($"/connect/endsession?id_token_hint={tokens.IdToken}");

        Assert.That((page.Status, page.Url.AbsolutePath), Is.EqualTo((HttpStatusCode.OK, "/signedout")));
        Assert.That(page.Body, Does.Contain("You are signed out of <strong>App told</strong>"));
        await AssertSignedOutAsync(browser);
    }

    [TestCase("")]
    [TestCase("?state=s1")]
    [TestCase("?post_logout_redirect_uri=https%3A%2F%2Ftold.example.test%2Fout")]
    [TestCase("?client_id=told&post_logout_redirect_uri=https%3A%2F%2Ftold.example.test%2Fout")]
    public async Task Without_a_hint_the_person_is_asked_and_signed_out_after_a_yes(string query)
    {
        var (browser, _) = await SignedInAsync();

        var question = await browser.OpenAsync("/connect/endsession" + query);
        Assert.That((await browser.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK), "not yet");
        var done = await browser.FollowAsync(await browser.SubmitAsync(question.Forms.Single(), []));

        // An address without a client that is proven is never followed; one of a named client is, after the person's own yes.
        if (query.Contains("client_id", StringComparison.Ordinal)) Assert.That(done.Location?.AbsoluteUri, Is.EqualTo(Out));
        else Assert.That((done.Status, done.Location), Is.EqualTo((HttpStatusCode.OK, (Uri?)null)));
        await AssertSignedOutAsync(browser);
    }

    [Test]
    public async Task A_hint_that_was_changed_to_have_no_signature_leads_nowhere_and_ends_nothing()
    {
        var (browser, tokens) = await SignedInAsync();
        var parts = tokens.IdToken!.Split('.');
        var unsigned = WebEncoders.Base64UrlEncode(Encoding.ASCII.GetBytes("""{"alg":"none"}""")) + "." + parts[1] + ".";

        foreach (var hint in new[] { unsigned, parts[0] + "." + parts[1] + "." + parts[2][..^4] + "AAAA", "nonsense" })
        {
            var page = await browser.OpenAsync($"/connect/endsession?id_token_hint={hint}&post_logout_redirect_uri={Uri.EscapeDataString(Out)}");
            Assert.That(page.Location, Is.Null, hint);
            Assert.That((await browser.GetAsync("/account")).Status, Is.EqualTo(HttpStatusCode.OK), "a stranger's request signs nobody out");
        }
    }

    [TestCase(Out + "?added=1")]
    [TestCase(Out + "/")]
    [TestCase("https://also-told.example.test/out")]
    [TestCase("https://evil.test/")]
    public async Task An_address_that_this_client_did_not_register_is_not_followed(string uri)
    {
        var (browser, tokens) = await SignedInAsync();

        var page = await browser.OpenAsync($"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri={Uri.EscapeDataString(uri)}&state=s1");

        Assert.That(page.Location?.Host ?? Server.Origin.Host, Is.EqualTo(Server.Origin.Host));
    }

    [TestCase("//\u202e")]
    [TestCase("https://\u00ad")]
    [TestCase("https://told.example.test/\u00e4")]
    public async Task An_address_that_no_uri_can_be_is_refused_on_our_page(string uri)
    {
        var (browser, tokens) = await SignedInAsync();

        var page = await browser.GetAsync($"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri={Uri.EscapeDataString(uri)}");

        Assert.That((page.Status, page.Location), Is.EqualTo((HttpStatusCode.BadRequest, (Uri?)null)));
        Assert.That(page.Body, Does.Contain("trace-id"));
    }

    private async Task<(BrowserClient Browser, TokenAnswer Tokens)> SignedInAsync()
    {
        var browser = Server.NewBrowser();
        return (browser, await App("told").SignInAsync(browser, "openid", await NewPersonAsync()));
    }

    private async Task AssertSignedOutAsync(BrowserClient browser) =>
        Assert.That((await App("told").AuthorizeAsync(browser, "openid", user: null, [new("prompt", "none")])).Error, Is.EqualTo("login_required"));
}
