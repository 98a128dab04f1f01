using System.Net;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Sessions;

/// <summary>At most two sessions for each person.</summary>
public sealed class SessionLimitTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient Told = new("told", "told-secret", "https://told.example.test/cb");

    private readonly LogoutReceiver apps = new();

    protected override ServerSettings Settings => new(Database)
    {
        More = new Dictionary<string, string> { ["Sessions:MaxPerPerson"] = "2" },
        Configuration = TestConfiguration.With($$"""
            { "clients": [{ "clientId": "told", "clientSecrets": [{ "value": "told-secret" }], "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true, "redirectUris": ["{{Told.RedirectUri}}"], "allowedScopes": ["openid"], "backChannelLogoutUri": "{{apps.UrlOf("/told")}}" }] }
            """),
    };

    [OneTimeSetUp]
    public async Task StartAppsAsync()
    {
        await apps.StartAsync();
        apps.Answer("/told", 200);
    }

    [OneTimeTearDown]
    public async Task StopAppsAsync() => await apps.DisposeAsync();

    [Test]
    public async Task Whoever_signs_in_once_more_ends_the_session_whose_sign_in_is_longest_ago_and_its_apps_are_told()
    {
        var (person, other) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        using var first = Server.NewBrowser();
        using var second = Server.NewBrowser();
        using var third = Server.NewBrowser();
        using var others = Server.NewBrowser();
        await others.TrySignInAsync(other.UserName!, People.Password);
        await second.TrySignInAsync(person.UserName!, People.Password);
        Server.Clock.Advance(TimeSpan.FromMinutes(1));
        await first.TrySignInAsync(person.UserName!, People.Password);
        var told = Server.NewRelyingParty(Told);
        var tokens = await told.SignInAsync(first, "openid offline_access", new TestUser(person.UserName!, People.Password));
        Server.Clock.Advance(TimeSpan.FromMinutes(1));
        await second.TrySignInAsync(person.UserName!, People.Password);
        var before = ((await first.GetAsync("/account")).Status, (await second.GetAsync("/account")).Status);
        Server.Clock.Advance(TimeSpan.FromMinutes(1));

        await third.TrySignInAsync(person.UserName!, People.Password);
        var heard = await apps.NextAsync("/told");

        Assert.That(before, Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)), "who signs in again where they are signed in has not more");
        Assert.That(((await first.GetAsync("/account")).IsRedirect, (await second.GetAsync("/account")).Status, (await third.GetAsync("/account")).Status, (await others.GetAsync("/account")).Status), Is.EqualTo((true, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That((heard.Token.Text("sid"), (await told.RefreshAsync(tokens.RefreshToken!)).Error), Is.EqualTo((Jwt.Parse(tokens.IdToken!).Text("sid"), "invalid_grant")));
        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.SingleAsync(e => e.ActorId == person.Id && e.Action == "session.ended"));
        Assert.That(entry.Details, Does.Contain("limit"));
    }

    [Test]
    public async Task Sessions_that_are_over_do_not_count()
    {
        var person = await Server.AddPersonAsync();
        using var first = Server.NewBrowser();
        using var second = Server.NewBrowser();
        using var third = Server.NewBrowser();
        await first.TrySignInAsync(person.UserName!, People.Password);
        Server.Clock.Advance(TimeSpan.FromHours(9));
        await second.TrySignInAsync(person.UserName!, People.Password);
        await third.TrySignInAsync(person.UserName!, People.Password);

        Assert.That(((await second.GetAsync("/account")).Status, (await third.GetAsync("/account")).Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
    }
}
