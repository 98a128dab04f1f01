using System.Diagnostics;
using IdP.Credentials;
using IdP.Data;
using IdP.Links;
using IdP.Notices;
using IdP.Sessions;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Nodes;

/// <summary>What ends on one node ends on the others within five seconds: pages, refresh tokens, access tokens at userinfo and at introspection.</summary>
public sealed class EndsOnNodesTests(DatabaseKind database) : OperationTest(database)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly string[] Ways = ["disabled", "password reset", "factors removed", "session ended", "frozen"];

    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.Default };

    [Test]
    public async Task Whatever_closes_an_account_or_a_session_here_closes_it_there()
    {
        await using var node = await StartOtherNodeAsync();
        using var web = new RelyingParty(node.Origin, TestClients.Web.ClientId, TestClients.Web.Secret, TestClients.Web.RedirectUri);
        using var api = new RelyingParty(node.Origin, TestClients.Api.ClientId, TestClients.Api.Secret);
        foreach (var way in Ways)
        {
            var person = await Server.AddPersonAsync();
            using var browser = new BrowserClient(node.Origin);
            var tokens = (await web.SignInAsync(browser, "openid api.read offline_access", new TestUser(person.UserName!, People.Password))).Expected();
            await Server.AddAppAsync(person);
            Assert.That(await OpenAsync(), Is.EqualTo((true, true, true)), "before: " + way);

            await EndAsync(way, person);

            for (var waited = Stopwatch.StartNew(); await OpenAsync() is var open && open != (false, false, false);)
                if (waited.Elapsed > Limit) Assert.Fail($"{way}: page, userinfo and introspection are {open} after {waited.Elapsed.TotalSeconds:0.0} s.");
            Assert.That((await web.RefreshAsync(tokens.RefreshToken!)).Error, Is.EqualTo("invalid_grant"), way);

            async Task<(bool Page, bool UserInfo, bool Introspection)> OpenAsync() => (
                !(await browser.OpenAsync("/account")).AsksToSignIn,
                (await web.UserInfoAsync(tokens.AccessToken!)).Status == System.Net.HttpStatusCode.OK,
                (await api.IntrospectAsync(tokens.AccessToken!)).Json.GetProperty("active").GetBoolean());
        }
    }

    [Test]
    public async Task A_code_counts_once_over_all_nodes()
    {
        await using var node = await StartOtherNodeAsync();
        var (person, codes) = await Server.AddPersonWithAppAsync();
        var browsers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
        {
            var browser = new BrowserClient(number % 2 == 0 ? Server.Origin : node.Origin);
            return (browser, Page: await browser.BeginAsync(person));
        }));
        var code = Server.Code();

        var byApp = await Task.WhenAll(browsers.Select(b => b.browser.TypeCodeAsync(b.Page, code)));
        var others = browsers.Where(b => b.browser.Cookie("idp.session") is null).ToArray();
        var byPaper = await Task.WhenAll(others.Select(b => b.browser.TypeRecoveryCodeAsync(b.Page, codes[0])));

        Assert.That((byApp.Count(page => page.IsRedirect), byPaper.Count(page => page.IsRedirect)), Is.EqualTo((1, 1)));
        Assert.That(others.Select(b => b.browser.Origin).Distinct().Count(), Is.EqualTo(2), "both nodes were asked");
        foreach (var (browser, _) in browsers) browser.Dispose();
    }

    /// <summary>On the node of the administrator.</summary>
    private async Task EndAsync(string way, User person)
    {
        switch (way)
        {
            case "disabled":
                await SucceedAsync((DisableUser disable) => disable.ExecuteAsync(person.Id, null, default));
                break;
            case "password reset":
                await SucceedAsync((ResetPassword reset) => reset.ExecuteAsync(person.Id, default));
                break;
            case "factors removed":
                await SucceedAsync((ResetFactors reset) => reset.ExecuteAsync(person.Id, default));
                break;
            case "session ended":
                var session = await ReadAsync(db => db.Sessions.Where(s => s.UserId == person.Id).Select(s => s.Id).SingleAsync());
                await SucceedAsync((EndSession end) => end.ExecuteAsync(session, person.Id, default));
                break;
            default:
                var token = Handles.New();
                await WriteAsync(db => db.OneTimeLinks.Add(new OneTimeLink { Purpose = LinkPurposes.Freeze, UserId = person.Id, TokenHash = Handles.Hash(token), CreatedAt = Server.Clock.Time.GetUtcNow(), ExpiresAt = Server.Clock.Time.GetUtcNow().AddDays(1) }));
                await SucceedAsync((FreezeAccount freeze) => freeze.ExecuteAsync(token, new DefaultHttpContext(), default));
                break;
        }
    }
}
