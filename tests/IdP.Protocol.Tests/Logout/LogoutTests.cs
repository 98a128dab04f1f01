using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Logout;

public sealed class LogoutTests(DatabaseKind database) : ServerTest(database)
{
    private const string RegisteredUri = "https://web.example.test/out";

    [Test]
    public async Task With_the_id_token_as_hint_the_person_is_signed_out_and_sent_back_to_the_app()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid", TestUsers.Alice);

        var page = await browser.OpenAsync($"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri={Uri.EscapeDataString(RegisteredUri)}&state=s1");
        var after = await browser.OpenAsync("/account");

        Assert.That(page.Location?.ToString(), Does.StartWith(RegisteredUri));
        Assert.That(page.LocationParameters["state"], Is.EqualTo("s1"));
        Assert.That(after.AsksToSignIn, Is.True, "the account page asks for a sign-in");
    }

    [Test]
    public async Task Without_a_hint_the_person_is_asked_first()
    {
        using var browser = Server.NewBrowser();
        await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, "openid", TestUsers.Alice);

        var question = await browser.OpenAsync("/connect/endsession");
        var still = await browser.OpenAsync("/account");
        var form = question.Forms.Single();
        var done = await browser.FollowAsync(await browser.SubmitAsync(form, []));

        Assert.That(still.Body, Does.Contain("alice"));
        Assert.That(done.Body, Does.Contain("You are signed out"));
    }

    [TestCase("https://evil.test/")]
    [TestCase("https://web.example.test/out/../x")]
    [TestCase("//evil.test")]
    public async Task An_unregistered_address_is_never_followed(string uri)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid", TestUsers.Alice);

        var page = await browser.OpenAsync($"/connect/endsession?id_token_hint={tokens.IdToken}&post_logout_redirect_uri={Uri.EscapeDataString(uri)}");

        Assert.That(page.Location?.Host ?? Server.Origin.Host, Is.EqualTo(Server.Origin.Host));
    }
}
