using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.SignIn;

public sealed class FormTests(DatabaseKind database) : ServerTest(database)
{
    [TestCase("cross-site")]
    [TestCase("same-site")]
    [TestCase("none")]
    public async Task A_form_sent_from_another_origin_is_refused_even_with_fitting_tokens(string site)
    {
        var browser = Server.NewBrowser();
        var form = (await browser.NameAsync(await browser.GetAsync("/signin"), "x")).FormWith("password");
        using var request = new HttpRequestMessage(HttpMethod.Post, form.Action)
        {
            Content = new FormUrlEncodedContent(form.Fill([new("username", TestUsers.Alice.UserName), new("password", TestUsers.Alice.Password)])),
        };
        request.Headers.Add("Sec-Fetch-Site", site);

        var answer = await browser.SendAsync(request);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(browser.Cookie("idp.session"), Is.Null);
    }

    [TestCase("/signin")]
    [TestCase("/signout")]
    public async Task A_form_without_its_token_is_refused(string path)
    {
        var answer = await Server.NewBrowser().PostAsync(path, [new("username", TestUsers.Alice.UserName), new("password", TestUsers.Alice.Password)]);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public void Every_form_is_checked_for_where_it_comes_from()
    {
        var open = Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("POST") is true && e.Metadata.GetMetadata<IAntiforgeryMetadata>() is null).Select(e => e.RoutePattern.RawText);

        // The protocol's own endpoints are for programs, or say so themselves.
        Assert.That(open.Where(path => !path!.TrimStart('/').StartsWith("connect/", StringComparison.Ordinal)), Is.Empty);
    }

    [TestCase("CfDJ8AAAA")]
    [TestCase("%")]
    [TestCase("CfDJ8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_damaged_form_cookie_is_no_error_of_the_server(string token)
    {
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/signin");
        request.Headers.TryAddWithoutValidation("Cookie", "idp.csrf=" + token);

        using var answer = await http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK)); // and the fixture demands that no error was logged
    }

    [TestCase("/account?q=ä漢😀", "/account?q=%C3%A4%E6%BC%A2%F0%9F%98%80")]
    [TestCase("/é", "/%C3%A9")]
    [TestCase("/a／b", "/a%EF%BC%8Fb")]
    public async Task A_return_address_in_any_script_is_followed(string returnUrl, string location)
    {
        using var browser = Server.NewBrowser();
        var form = (await browser.NameAsync(await browser.GetAsync("/signin?returnUrl=" + Uri.EscapeDataString(returnUrl)), "x")).FormWith("password");

        var answer = await browser.SubmitAsync(form, [new("username", TestUsers.Alice.UserName), new("password", TestUsers.Alice.Password)]);

        Assert.That(((int)answer.Status, answer.Headers.Location?.OriginalString), Is.EqualTo((303, location)));
    }

    [Test]
    public async Task Forms_open_in_several_tabs_all_work()
    {
        var browser = Server.NewBrowser();
        var first = await browser.GetAsync("/signin?returnUrl=/account?tab=1");
        var second = await browser.GetAsync("/signin?returnUrl=/account?tab=2");

        Assert.That(first.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("idp.csrf", StringComparison.Ordinal)), Does.Contain("samesite=lax").IgnoreCase, "the cookie must come along when an app sends the person here");
        Assert.That(second.Headers.Contains("Set-Cookie"), Is.False);
        Assert.That((await browser.SignInAsync(first, TestUsers.Alice.UserName, TestUsers.Alice.Password)).IsRedirect, Is.True);
    }

    [Test]
    public async Task A_page_that_ends_at_an_app_lets_the_browser_follow_to_its_registered_address_only()
    {
        var browser = Server.NewBrowser();
        var request = Server.NewRelyingParty(TestClients.Web).NewRequest("openid");
        var signIn = await browser.OpenAsync(request.Url);
        var registered = await browser.GetAsync("/signout?returnUrl=" + Uri.EscapeDataString("/connect/endsession?client_id=web&post_logout_redirect_uri=" + Uri.EscapeDataString("https://web.example.test/out")));
        var foreign = await browser.GetAsync("/signout?returnUrl=" + Uri.EscapeDataString("/connect/endsession?client_id=web&post_logout_redirect_uri=" + Uri.EscapeDataString("https://evil.test/out")));
        var invented = await browser.GetAsync("/signin?returnUrl=" + Uri.EscapeDataString("/connect/authorize?client_id=web&redirect_uri=" + Uri.EscapeDataString("https://evil.test/cb")));

        Assert.That(FormAction(signIn), Is.EqualTo("form-action 'self' https://web.example.test"));
        Assert.That(FormAction(registered), Is.EqualTo("form-action 'self' https://web.example.test"));
        Assert.That((FormAction(foreign), FormAction(invented)), Is.EqualTo(("form-action 'self'", "form-action 'self'")));
    }

    [TestCase("/signin?returnUrl=/connect/authorize?x=1")]
    [TestCase("/signin?returnUrl=/connect/authorize?client_id=web%26client_id=spa")]
    [TestCase("/signin?returnUrl=/connect/authorize?client_id=%00")]
    [TestCase("/signin?returnUrl=a&returnUrl=b&loginHint=%00")]
    [TestCase("/signout?returnUrl=/connect/endsession?x=1")]
    [TestCase("/signout?returnUrl=/connect/endsession?post_logout_redirect_uri=%2500")]
    [TestCase("/signout?returnUrl=/connect/endsession?post_logout_redirect_uri=relative")]
    [TestCase("/consent")]
    [TestCase("/consent?returnUrl=/connect/authorize?x=1")]
    public async Task A_made_up_return_address_is_no_error(string url)
    {
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(TestUsers.Alice.UserName, TestUsers.Alice.Password);

        var page = await browser.GetAsync(url);

        Assert.That((int)page.Status, Is.LessThan(400), page.Body);
    }

    [Test]
    public async Task Two_clicks_on_allow_are_no_error()
    {
        var browser = Server.NewBrowser();
        var party = Server.NewRelyingParty(TestClients.Consenting);
        var consent = await browser.FollowAsync(await browser.SignInAsync(await browser.OpenAsync(party.NewRequest("openid profile").Url), TestUsers.Bob.UserName, TestUsers.Bob.Password));

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => browser.ConsentAsync(consent, remember: true)));

        // Losing the race for the row is what this provokes; EF Core logs it before it is handled.
        Assert.That(Server.Logs.TakeErrors().Select(e => e.Category), Has.All.StartsWith("Microsoft.EntityFrameworkCore"));
        Assert.That(answers.Select(a => a.Status), Has.All.EqualTo(HttpStatusCode.SeeOther));
        var ends = await Task.WhenAll(answers.Select(browser.FollowAsync));
        Assert.That(ends.Select(e => e.LocationParameters.ContainsKey("code")), Has.All.True);
    }

    private static string FormAction(Page page) =>
        page.Headers.GetValues("Content-Security-Policy").Single().Split(';', StringSplitOptions.TrimEntries).Single(d => d.StartsWith("form-action", StringComparison.Ordinal));
}
