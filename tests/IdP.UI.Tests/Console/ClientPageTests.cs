using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Tests.Console;

/// <summary>Everything about a client can be seen and changed in the console, and the profile says in words what stands against it.</summary>
[OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed class ClientPageTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task What_the_form_shows_is_what_it_saves()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var page = visitor.Page;
        await page.GotoAsync("/signin?returnUrl=/console/clients/web");
        await visitor.SignInAsync(TestUsers.Root);
        var before = await ReadAsync("web");

        await page.ClickAsync("text=Save changes"); // nothing was changed
        var same = await ReadAsync("web");
        await page.FillAsync("#accessTokenLifetime", "601");
        await page.FillAsync("#refreshTokenReuseGrace", "5");
        await page.FillAsync("#deviceCodeLifetime", "120");
        await page.FillAsync("#backChannelLogoutUri", "https://web.example.test/back");
        await page.FillAsync("#frontChannelLogoutUri", "https://web.example.test/front");
        await page.UncheckAsync("[name=frontChannelLogoutSessionRequired]");
        await page.CheckAsync("[name=requirePushedAuthorization]");
        await page.FillAsync("#consentLifetime", "86400");
        await page.ClickAsync("text=Logo, policies, contacts");
        await page.FillAsync("#policyUri", "https://web.example.test/policy");
        await page.FillAsync("#contacts", "ops@example.test\nsecurity@example.test");
        await page.ClickAsync("text=When a request does not say");
        await page.FillAsync("#defaultMaxAge", "300");
        await page.ClickAsync("text=Save changes");

        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("saved"));
        var after = await ReadAsync("web");
        Assert.Multiple(() =>
        {
            Assert.That(same.Version, Is.EqualTo(before.Version), "saving what is there changes nothing");
            Assert.That((after.AccessTokenLifetime, after.RefreshTokenReuseGrace, after.DeviceCodeLifetime, after.ConsentLifetime, after.DefaultMaxAge), Is.EqualTo((601, 5, 120, 86400, 300)));
            Assert.That((after.BackChannelLogoutUri, after.BackChannelLogoutSessionRequired), Is.EqualTo(("https://web.example.test/back", true)));
            Assert.That((after.FrontChannelLogoutUri, after.FrontChannelLogoutSessionRequired), Is.EqualTo(("https://web.example.test/front", false)));
            Assert.That((after.RequirePushedAuthorization, after.PolicyUri), Is.EqualTo((true, "https://web.example.test/policy")));
            Assert.That(after.Contacts, Is.EqualTo((string[])["ops@example.test", "security@example.test"]));
            Assert.That(after.AllowedScopes, Is.EquivalentTo(before.AllowedScopes));
            Assert.That(after.AllowedGrantTypes, Is.EquivalentTo(before.AllowedGrantTypes));
        });
        await page.FillAsync("#accessTokenLifetime", "0");
        await page.FillAsync("#jwks", "{}");
        await page.ClickAsync("text=Save changes");
        Assert.That(await page.TextContentAsync(".field:has(#accessTokenLifetime)"), Does.Contain("lifetime of 1 to"));
        Assert.That(await page.TextContentAsync(".field:has(#jwks)"), Does.Contain("no JWK set"));
        Assert.That(await page.TextContentAsync("[role=alert]"), Does.StartWith("Nothing is saved yet. Marked below: ").And.Contain("access token lifetime").And.Contain("jwks"), "the page is long: its head names the fields");
        await visitor.AssertAccessibleAsync("with errors");
    }

    [Test]
    public async Task A_client_is_held_to_OAuth_2_1_by_one_switch_which_says_what_is_missing()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var page = visitor.Page;
        await page.GotoAsync("/signin?returnUrl=/console/conformance");
        await visitor.SignInAsync(TestUsers.Root);

        await visitor.AssertAccessibleAsync("/console/conformance");
        await page.ClickAsync("[aria-label='Hold to OAuth 2.1: elliptic']");
        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("held to OAuth 2.1"));
        Assert.That((await ReadAsync("elliptic")).SecurityProfile, Is.EqualTo("oauth-2.1"));

        await page.GotoAsync("/console/clients/elliptic");
        await page.UncheckAsync("[name=requirePkce]");
        await page.FillAsync("#redirectUris", "http://localhost:5000/cb");
        await page.ClickAsync("text=Save changes");
        var refusal = await page.TextContentAsync(".field:has(#securityProfile)");
        Assert.That(refusal, Does.Contain("PKCE is not demanded").And.Contain("http://localhost:5000/cb is plain http"));

        await page.GotoAsync("/console/conformance");
        await page.ClickAsync("[aria-label='Release: elliptic']");
        Assert.That((await ReadAsync("elliptic")).SecurityProfile, Is.Null);
    }

    [Test]
    public async Task A_logo_that_cannot_be_fetched_is_explained_and_fetched_again_at_the_press_of_a_button()
    {
        byte[]? image = null;
        await using var site = await LoopbackSite.StartAsync(async context =>
        {
            if (image is null) context.Response.StatusCode = 404;
            else await context.Response.Body.WriteAsync(image);
        });
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var page = visitor.Page;
        async Task UntilThereIsAsync(string selector)
        {
            for (var looks = 0; looks < 50 && await page.Locator(selector).CountAsync() == 0; looks++)
            {
                await Task.Delay(200);
                await page.GotoAsync("/console/clients/web");
            }
        }
        await page.GotoAsync("/signin?returnUrl=/console/clients/web");
        await visitor.SignInAsync(TestUsers.Root);
        await page.ClickAsync("text=Logo, policies, contacts");

        await page.FillAsync("#logoUri", site.UrlOf("/logo.png"));
        await page.ClickAsync("text=Save changes");
        await UntilThereIsAsync("#logo-problem");
        Assert.That(await page.TextContentAsync("#logo-problem p"), Does.StartWith("The logo could not be fetched. The site answered with status 404. People see the first letter of the name instead. Next attempt "));
        await visitor.AssertAccessibleAsync("a logo that failed");

        image = TestImages.Png(96, 96);
        await page.ClickAsync("text=Fetch the logo now");
        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("being fetched"));
        await UntilThereIsAsync("main .app-mark img");
        Assert.That(await page.EvaluateAsync<int>("async () => { const image = document.querySelector('main .app-mark img'); await image.decode(); return image.naturalWidth; }"), Is.EqualTo(96), "the browser shows it");
        Assert.That(await page.Locator("#logo-problem").CountAsync(), Is.Zero);
        Assert.That(await page.TextContentAsync("#logoUri-hint"), Does.Contain("PNG, fetched "));
        Assert.That(await Server.WithDatabaseAsync(db => db.AuditEntries.CountAsync(e => e.Action == "client.logo_asked_for" && e.TargetId == "web")), Is.EqualTo(1));
    }

    private Task<Client> ReadAsync(string clientId) => Server.WithDatabaseAsync(db => db.Clients.AsNoTracking().SingleAsync(c => c.ClientId == clientId));
}
