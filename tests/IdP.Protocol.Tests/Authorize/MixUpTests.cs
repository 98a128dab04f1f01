using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>RFC 9207: an app that talks to several providers knows from every answer, also from an error, who gave it.</summary>
public sealed partial class MixUpTests(DatabaseKind database) : ServerTest(database)
{
    [TestCase("query", null)]
    [TestCase("query", "login_required")]
    [TestCase("query", "invalid_scope")]
    [TestCase("fragment", null)]
    [TestCase("fragment", "login_required")]
    [TestCase("form_post", null)]
    [TestCase("form_post", "login_required")]
    [TestCase("form_post", "invalid_scope")]
    public async Task Every_answer_names_this_issuer_exactly_once(string mode, string? error)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        if (error is null) await web.SignInAsync(browser, "openid", TestUsers.Alice);
        var request = web.NewRequest(error is "invalid_scope" ? "openid no.such.scope" : "openid", [new("response_mode", mode), new("prompt", "none"), new("iss", "https://evil.test")]);

        var page = await browser.OpenAsync(request.Url);

        var parameters = mode switch
        {
            "query" => QueryHelpers.ParseQuery(page.Location!.Query).SelectMany(p => p.Value.Select(v => (p.Key, Value: v))),
            "fragment" => QueryHelpers.ParseQuery(page.Location!.Fragment[1..]).SelectMany(p => p.Value.Select(v => (p.Key, Value: v))),
            _ => Field().Matches(page.Body).Select(m => (Key: m.Groups["name"].Value, Value: (string?)WebUtility.HtmlDecode(m.Groups["value"].Value))),
        };
        var answer = parameters.ToLookup(p => p.Key, p => p.Value);
        Assert.That(answer["iss"], Is.EqualTo(new[] { Server.Origin.ToString().TrimEnd('/') }));
        Assert.That(answer["state"], Is.EqualTo(new[] { request.State }));
        Assert.That(answer["error"].SingleOrDefault(), Is.EqualTo(error));
        Assert.That(answer.Contains("code"), Is.EqualTo(error is null));
    }

    [Test]
    public async Task A_refusal_by_the_person_names_this_issuer_too()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(TestClients.Consenting);
        var signIn = await browser.OpenAsync(app.NewRequest("openid profile").Url);
        var consent = await browser.FollowAsync(await browser.SignInAsync(signIn, TestUsers.Alice.UserName, TestUsers.Alice.Password));

        var denied = await browser.FollowAsync(await browser.ConsentAsync(consent, allow: false));

        Assert.That((denied.LocationParameters["error"], denied.LocationParameters["iss"]), Is.EqualTo(("access_denied", Server.Origin.ToString().TrimEnd('/'))));
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"")]
    private static partial Regex Field();
}
