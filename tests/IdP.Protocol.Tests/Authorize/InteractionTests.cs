using System.Net;
using FsCheck.Fluent;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>What the browser brings back from the pages of a request that demands a new authentication.</summary>
public sealed class InteractionTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task A_damaged_or_foreign_value_never_spares_the_authentication_that_was_demanded()
    {
        using var browser = Server.NewBrowser();
        var returnUrl = await AuthenticatedAgainAsync(browser, "openid");
        var other = ValueIn(await AuthenticatedAgainAsync(browser, "openid profile"));
        var value = ValueIn(returnUrl);

        Assert.That((await browser.GetAsync(returnUrl)).LocationParameters, Contains.Key("code"), "as it was sealed it counts");
        Assert.That((await browser.GetAsync(With(returnUrl, other))).Location?.AbsolutePath, Is.EqualTo("/signin"), "it counts for its own request");
        Assert.That((await browser.GetAsync(returnUrl + "&interaction=" + value)).LocationParameters, Does.Not.ContainKey("code"), "twice it is ambiguous");
        await Law.HoldsAsync(from random in Law.Randoms select random.Next(3) == 0 ? HostileText.Mutate("CfDJ8AAAA", random) : WebEncoders.Base64UrlEncode(HostileBytes.Damage(WebEncoders.Base64UrlDecode(value), random)),
            async damaged => await browser.GetAsync(With(returnUrl, damaged)) is var page && !page.LocationParameters.ContainsKey("code") && (page.Location?.AbsolutePath == "/signin" || page.LocationParameters.GetValueOrDefault("error") == "invalid_request"), runs: 100);
    }

    [Test]
    public async Task In_another_browser_it_says_nothing_about_the_authentication_there()
    {
        using var alice = Server.NewBrowser();
        using var bob = Server.NewBrowser();
        await Server.NewRelyingParty(TestClients.Web).SignInAsync(bob, "openid", TestUsers.Bob);
        Server.Clock.Advance(TimeSpan.FromSeconds(5));

        var returnUrl = await AuthenticatedAgainAsync(alice, "openid");
        var taken = await bob.GetAsync(returnUrl);

        Assert.That(taken.Status, Is.EqualTo(HttpStatusCode.SeeOther));
        Assert.That(taken.Location?.AbsolutePath, Is.EqualTo("/signin"));
    }

    /// <summary>Goes through <c>prompt=login</c> up to the step back to the authorization endpoint, and answers its address.</summary>
    private async Task<string> AuthenticatedAgainAsync(BrowserClient browser, string scope)
    {
        var page = await browser.OpenAsync(Server.NewRelyingParty(TestClients.Web).NewRequest(scope, KeyValuePair.Create<string, string?>("prompt", "login")).Url);
        Server.Clock.Advance(TimeSpan.FromSeconds(1));
        var back = await browser.SignInAsync(page, TestUsers.Alice.UserName, TestUsers.Alice.Password);
        return back.Location!.PathAndQuery; // a right password leads back
    }

    private static string ValueIn(string url) => QueryHelpers.ParseQuery(url[url.IndexOf('?', StringComparison.Ordinal)..])["interaction"].Single()!; // it is there once

    private static string With(string url, string value) => url.Replace(ValueIn(url), Uri.EscapeDataString(value), StringComparison.Ordinal);
}
