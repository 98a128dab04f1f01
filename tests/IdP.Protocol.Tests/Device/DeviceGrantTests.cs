using System.Net;
using IdP.Testing;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Device;

/// <summary>Polling (RFC 8628 3.4 and 3.5), with a person who answers in the browser.</summary>
public sealed class DeviceGrantTests(DatabaseKind database) : DeviceServerTest(database)
{
    private void WaitForTheNextPoll() => Server.Clock.Advance(TimeSpan.FromSeconds(5));

    [Test]
    public async Task A_device_gets_tokens_of_the_person_and_session_that_allowed_it()
    {
        using var browser = Server.NewBrowser();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid profile api.read offline_access");

        var pending = await tv.PollAsync(started);
        var done = await browser.ConnectDeviceAsync(started.UserCode, TestUsers.Alice);
        WaitForTheNextPoll();
        var tokens = (await tv.PollAsync(started)).Expected();

        var (id, access) = (Jwt.Parse(tokens.IdToken!), Jwt.Parse(tokens.AccessToken!));
        Assert.Multiple(() =>
        {
            Assert.That((pending.Status, pending.Error), Is.EqualTo((HttpStatusCode.BadRequest, "authorization_pending")));
            Assert.That(done.Body, Does.Contain("Living-room TV"));
            Assert.That(tokens.Scope!.Split(' '), Is.EquivalentTo(new[] { "openid", "profile", "api.read", "offline_access" }));
            Assert.That((id.Text("aud"), access.Text("aud"), access.Text("client_id")), Is.EqualTo(("tv", "urn:test:api", "tv")));
            Assert.That(id.Text("sid"), Is.Not.Null.And.EqualTo(access.Text("sid")));
            Assert.That((id.Text("auth_time"), id.Text("idp"), id.Text("amr")), Is.EqualTo((access.Text("auth_time"), "local", """["pwd"]""")));
        });
        Assert.That((await tv.UserInfoAsync(tokens.AccessToken!)).Text("name"), Is.EqualTo("Alice Example"));
        Assert.That((await tv.RefreshAsync(tokens.RefreshToken!)).Expected().AccessToken, Is.Not.Null);
    }

    [Test]
    public async Task A_confidential_device_polls_with_its_secret_only()
    {
        using var browser = Server.NewBrowser();
        using var anonymous = new RelyingParty(Server.Origin, "printer");
        var printer = Server.NewRelyingParty(Printer);
        var started = await printer.StartDeviceAsync("api.read");
        await browser.ConnectDeviceAsync(started.UserCode, TestUsers.Alice);

        Assert.That((await anonymous.PollAsync(started)).Error, Is.EqualTo("invalid_client"));
        Assert.That((await printer.PollAsync(started)).Expected().IdToken, Is.Null);
    }

    [Test]
    public async Task A_person_may_leave_scopes_out_but_not_required_ones()
    {
        using var browser = Server.NewBrowser();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid profile api.read offline_access");
        var confirm = await browser.EnterCodeAsync(started.UserCode, TestUsers.Alice);

        var form = confirm.FormWith("shown").Fill([], new("decision", "allow"));
        await browser.PostAsync("/device/answer", [.. form.Where(field => field.Key != "scopes"), new("scopes", "api.read"), new("scopes", "api.write"), new("scopes", "email")]);

        var tokens = (await tv.PollAsync(started)).Expected();
        Assert.That(tokens.Scope!.Split(' '), Is.EquivalentTo(new[] { "openid", "api.read" }));
        Assert.That(tokens.RefreshToken, Is.Null);
    }

    [Test]
    public async Task A_device_that_polls_too_fast_is_told_to_slow_down_and_must_wait_five_seconds_longer()
    {
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid");

        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo("authorization_pending"));
        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo("slow_down"));
        Server.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo("slow_down"), "the interval is ten seconds now");
        Server.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo("authorization_pending"));
    }

    [Test]
    public async Task A_person_who_refuses_ends_it_for_the_device()
    {
        using var browser = Server.NewBrowser();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid");

        var done = await browser.ConnectDeviceAsync(started.UserCode, TestUsers.Alice, allow: false);

        Assert.That(done.Body, Does.Contain("not connected"));
        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo("access_denied"));
    }

    [Test]
    public async Task Expired_codes_are_expired_for_the_device_and_unknown_to_the_person()
    {
        using var browser = Server.NewBrowser();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid");

        Server.Clock.Advance(TimeSpan.FromSeconds(301));

        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo("expired_token"));
        Assert.That((await browser.EnterCodeAsync(started.UserCode, TestUsers.Alice)).Body, Does.Contain("not known here"));
    }

    [Test]
    public async Task Another_client_cannot_use_the_device_code_nor_learn_or_disturb_its_state()
    {
        using var browser = Server.NewBrowser();
        var (tv, printer) = (Server.NewRelyingParty(Tv), Server.NewRelyingParty(Printer));
        var started = await tv.StartDeviceAsync("openid");

        Assert.That((await printer.PollAsync(started)).Error, Is.EqualTo("invalid_grant"), "pending");
        await browser.ConnectDeviceAsync(started.UserCode, TestUsers.Alice);
        Assert.That((await printer.PollAsync(started)).Error, Is.EqualTo("invalid_grant"), "allowed");
        Assert.That((await tv.PollAsync(started)).Expected().AccessToken, Is.Not.Null, "and its own client is neither slowed down nor cut off");
    }

    [Test]
    public async Task Of_many_parallel_polls_exactly_one_gets_tokens()
    {
        using var browser = Server.NewBrowser();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid offline_access");
        await browser.ConnectDeviceAsync(started.UserCode, TestUsers.Alice);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => tv.PollAsync(started)));

        Assert.That(answers.Count(a => a.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(answers.Where(a => a.Status != HttpStatusCode.OK).Select(a => a.Error).Distinct(), Is.SubsetOf(new[] { "slow_down", "invalid_grant" }));
    }

    [Test]
    public async Task A_device_code_used_twice_revokes_what_its_first_use_got()
    {
        using var browser = Server.NewBrowser();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid offline_access");
        await browser.ConnectDeviceAsync(started.UserCode, TestUsers.Alice);
        var tokens = (await tv.PollAsync(started)).Expected();

        WaitForTheNextPoll();
        var again = await tv.PollAsync(started);

        Assert.That(again.Error, Is.EqualTo("invalid_grant"));
        Assert.That((await tv.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await tv.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Signing_out_before_the_device_asks_again_leaves_it_without_tokens()
    {
        using var browser = Server.NewBrowser();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid");
        await browser.ConnectDeviceAsync(started.UserCode, TestUsers.Alice);

        await browser.SubmitAsync((await browser.OpenAsync("/signout")).FormWith("returnUrl"), []);

        Assert.That((await tv.PollAsync(started)).Error, Is.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Signing_out_ends_what_the_device_got_from_that_session()
    {
        using var browser = Server.NewBrowser();
        var tv = Server.NewRelyingParty(Tv);
        var started = await tv.StartDeviceAsync("openid offline_access");
        await browser.ConnectDeviceAsync(started.UserCode, TestUsers.Alice);
        var tokens = (await tv.PollAsync(started)).Expected();

        await browser.SubmitAsync((await browser.OpenAsync("/signout")).FormWith("returnUrl"), []);

        Assert.That((await tv.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"));
        Assert.That((await tv.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_person_or_client_disabled_after_the_answer_gets_nothing()
    {
        using var browser = Server.NewBrowser();
        var tv = Server.NewRelyingParty(Tv);
        var (first, second) = (await tv.StartDeviceAsync("openid"), await tv.StartDeviceAsync("openid"));
        await browser.ConnectDeviceAsync(first.UserCode, TestUsers.Bob);
        await browser.ConnectDeviceAsync(second.UserCode);

        await SetEnabledAsync(person: false);
        var ofDisabledPerson = await tv.PollAsync(first);
        await SetEnabledAsync(person: true);
        await SetClientEnabledAsync(false);
        var ofDisabledClient = await tv.PollAsync(second);
        await SetClientEnabledAsync(true);

        Assert.That(ofDisabledPerson.Error, Is.EqualTo("invalid_grant"));
        Assert.That(ofDisabledClient.Error, Is.EqualTo("invalid_client"));
    }

    private Task<int> SetEnabledAsync(bool person) => Server.WithDatabaseAsync(db => db.Users.Where(u => u.UserName == "bob").ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, person)));

    private Task<int> SetClientEnabledAsync(bool enabled) => Server.WithDatabaseAsync(async db =>
    {
        (await db.Clients.SingleAsync(c => c.ClientId == "tv")).Enabled = enabled; // saved like an administrator's change, so that the node notices
        return await db.SaveChangesAsync();
    });
}
