using System.Diagnostics;

namespace IdP.Protocol.Tests.Peers;

/// <summary>OpenID Connect Back-Channel Logout 1.0, received by mod_auth_openidc.</summary>
public sealed class ApacheBackChannelTests(DatabaseKind database) : ApacheTest(database)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    protected override string MoreSettings(string redirectUri) => $""", "backChannelLogoutUri": "{redirectUri}?logout=backchannel", "backChannelLogoutSessionRequired": true""";

    [Test]
    public async Task Apache_serves_nothing_more_to_a_session_that_was_ended_here_and_goes_on_with_the_others()
    {
        using var desk = Server.NewBrowser();
        using var phone = Server.NewBrowser();
        Read(await desk.VisitAsync(Apache.Page, TestUsers.Alice));
        Read(await phone.VisitAsync(Apache.Page, TestUsers.Alice));
        Read(await desk.VisitAsync(Apache.Page));

        var signOut = await desk.OpenAsync("/signout");
        await desk.FollowAsync(await desk.SubmitAsync(signOut.Forms.Single(form => form.Action.AbsolutePath == "/signout"), []));
        var refused = await WaitUntilRefusedAsync(desk);

        Assert.That(refused.AsksToSignIn, Is.True, $"the person has to sign in here again; {Apache.Log}");
        Assert.That(Read(await phone.VisitAsync(Apache.Page))["name"], Is.EqualTo("Alice Example"), "the token named one session, not the person");
    }

    /// <summary>Nothing but the message from here ends Apache's session: the page does not ask here again by itself.</summary>
    private async Task<Page> WaitUntilRefusedAsync(BrowserClient browser)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var page = await browser.VisitAsync(Apache.Page);
            if (page.Url.Authority != Apache.Page.Authority) return page;
            if (waited.Elapsed > Patience) throw new TimeoutException($"Apache still serves the page:{Environment.NewLine}{page.Body}{Environment.NewLine}{Apache.Log}");
            await Task.Delay(100);
        }
    }
}
