namespace IdP.Protocol.Tests.Peers;

public sealed class ApacheTests(DatabaseKind database) : ApacheTest(database)
{
    [Test]
    public async Task Apache_lets_in_who_signed_in_here_and_the_app_behind_it_sees_the_claims()
    {
        using var browser = Server.NewBrowser();

        var stranger = await browser.VisitAsync(Apache.Page);
        var page = await browser.VisitAsync(Apache.Page, TestUsers.Alice);
        var app = Read(page);

        Assert.That(stranger.Url.Authority, Is.EqualTo(Server.Origin.Authority), "who is not signed in lands here");
        Assert.That(stranger.AsksToSignIn, Is.True);
        Assert.That(app["iss"], Is.EqualTo(Server.Origin.AbsoluteUri.TrimEnd('/')));
        Assert.That(app["name"], Is.EqualTo("Alice Example"));
        Assert.That(app["email"], Is.EqualTo("alice@example.test"));
        Assert.That(app["sub"], Is.EqualTo(Jwt.Parse(app["access_token"]).Payload.GetProperty("sub").GetString()));
    }

    [Test]
    public async Task Apache_refreshes_through_its_hook_again_and_again_with_the_rotated_token()
    {
        using var browser = Server.NewBrowser();
        var tokens = new List<string> { Read(await browser.VisitAsync(Apache.Page, TestUsers.Alice))["access_token"] };

        for (var refresh = 0; refresh < 3; refresh++)
        {
            var back = await browser.AskAsync(Apache.Hook([new("refresh", Apache.Page.AbsoluteUri), new("access_token", tokens[^1])]));
            Assert.That(back.Location, Is.EqualTo(Apache.Page), Apache.Log);
            tokens.Add(Read(await browser.VisitAsync(Apache.Page))["access_token"]);
        }

        Assert.That(tokens, Is.Unique);
        Assert.That((await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(tokens[^1])).Text("active"), Is.EqualTo("True"));
    }

    [Test]
    public async Task Apache_refreshes_before_expiry_by_itself_and_serves_nothing_once_the_session_here_has_ended()
    {
        using var browser = Server.NewBrowser();
        var first = Read(await browser.VisitAsync(Apache.AlwaysFreshPage, TestUsers.Alice))["access_token"];
        var second = Read(await browser.VisitAsync(Apache.AlwaysFreshPage))["access_token"];

        var signOut = await browser.OpenAsync(new Uri(Server.Origin, "/signout").AbsoluteUri);
        await browser.FollowAsync(await browser.SubmitAsync(signOut.Forms.Single(form => form.Action.AbsolutePath == "/signout"), []));
        var refused = await browser.VisitAsync(Apache.AlwaysFreshPage);
        var again = await browser.VisitAsync(Apache.AlwaysFreshPage);

        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(refused.Url.AbsoluteUri, Is.EqualTo(Client.PostLogoutRedirectUri), $"the module logs out: {Apache.Log}");
        Assert.That(again.AsksToSignIn, Is.True, $"and sends the person here: {Apache.Log}");
    }

    [Test]
    public async Task Logout_at_Apache_signs_out_here_revokes_the_tokens_and_comes_back()
    {
        using var browser = Server.NewBrowser();
        var token = Read(await browser.VisitAsync(Apache.Page, TestUsers.Alice))["access_token"];

        var arrived = await browser.VisitAsync(Apache.Hook([new("logout", Client.PostLogoutRedirectUri)]));
        var here = await browser.OpenAsync(new Uri(Server.Origin, "/account").AbsoluteUri);
        var there = await browser.VisitAsync(Apache.Page);
        var seen = await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(token);

        Assert.That(arrived.Url.AbsoluteUri, Is.EqualTo(Client.PostLogoutRedirectUri), Apache.Log);
        Assert.That(here.AsksToSignIn, Is.True, "the session here is over");
        Assert.That(there.AsksToSignIn, Is.True, "and Apache's too");
        Assert.That(seen.Text("active"), Is.EqualTo("False"), "no token outlives the logout");
    }
}
