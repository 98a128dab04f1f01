using IdP.Testing;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using NUnit.Framework;

namespace IdP.UI.Tests.SignIn;

/// <summary>Passkeys as a real browser handles them.</summary>
[OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed class PasskeyPageTests(DatabaseKind database) : ServerTest(database)
{
    private const string Password = "Correct-Horse-7-Battery";

    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string> { ["Mail:Mailbox"] = "true", ["Recovery:Supervised"] = "true" } };

    [Test]
    public async Task A_passkey_is_added_signs_in_from_the_field_of_the_user_name_and_is_a_second_factor()
    {
        var person = await NewPersonAsync();
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var page = visitor.Page;
        var authenticator = await VirtualAuthenticator.PlugInAsync(page);
        await page.GotoAsync("/signin?returnUrl=/account/security");
        await authenticator.AnswerAsync(false); // there is none yet; the page asks all the same
        await visitor.SignInAsync(person);

        await authenticator.AnswerAsync(true);
        await page.FillAsync("#name", "Test laptop");
        await page.ClickAsync("text=Add a passkey");
        await page.WaitForSelectorAsync("text=Save your recovery codes");
        await visitor.AssertAccessibleAsync("recovery codes");
        await page.ClickAsync("text=I have saved them");
        Assert.That(await page.TextContentAsync("section:has(#passkeys)"), Does.Contain("Test laptop"));
        await visitor.AssertAccessibleAsync("security page with a passkey");
        await page.GotoAsync("/account/security/app");
        Assert.That(await page.EvalOnSelectorAsync<int>(".qr", "picture => picture.naturalWidth"), Is.GreaterThan(0), "the picture is shown under the policy");

        // The browser offers it in the field; the authenticator is touched as soon as it asks.
        await SignOutAsync(visitor);
        await page.GotoAsync("/signin");
        await page.ArriveAtAsync("*/account");
        Assert.That(await page.TextContentAsync("h1"), Does.Contain(person.UserName));

        // Also where people go who have forgotten that they have one.
        foreach (var url in new[] { "/password/forgotten", "/recovery" })
        {
            await SignOutAsync(visitor);
            await page.GotoAsync(url);
            await page.ArriveAtAsync("*/account");
        }

        await SignOutAsync(visitor);
        await authenticator.AnswerAsync(false);
        await page.GotoAsync("/signin");
        await visitor.SignInAsync(person);
        await page.ArriveAtAsync("*/signin/factor?*");
        await visitor.AssertAccessibleAsync("second step");
        await authenticator.AnswerAsync(true);
        await page.ClickAsync("button.primary");
        await page.ArriveAtAsync("*/account");

        var passkey = (await authenticator.PasskeysAsync()).Single();
        Assert.That((passkey.GetProperty("rpId").GetString(), passkey.GetProperty("isResidentCredential").GetBoolean()), Is.EqualTo(("localhost", true)));
    }

    [Test]
    public async Task What_another_site_gets_out_of_a_passkey_and_a_passkey_that_is_not_ours_open_nothing()
    {
        await using var site = await LoopbackSite.StartAsync(context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<!doctype html><title>Elsewhere</title>");
        });
        var sister = new UriBuilder(site.Origin) { Host = "localhost" }.Uri; // the same domain at another port: another origin
        var person = await NewPersonAsync();
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, hosts: [site.Origin.Authority, sister.Authority]);
        var page = visitor.Page;
        var authenticator = await VirtualAuthenticator.PlugInAsync(page, answers: false);
        await page.GotoAsync("/signin?returnUrl=/account/security");
        await visitor.SignInAsync(person);
        await authenticator.AnswerAsync(true);
        await page.ClickAsync("text=Add a passkey");
        await page.WaitForSelectorAsync(".codes code");
        await SignOutAsync(visitor);
        await authenticator.AnswerAsync(false);

        // A site in the middle hands on our challenge and sends us what the device answers it.
        await page.GotoAsync("/signin?returnUrl=/account");
        var challenge = await page.EvaluateAsync<string>("async () => await (await fetch('/signin/passkey/options', { method: 'POST', body: new URLSearchParams(new FormData(document.querySelector('form[data-passkey]'))) })).text()");
        const string ask = "async challenge => { try { return JSON.stringify(await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(challenge).options) })); } catch (error) { return error.name; } }";
        await page.GotoAsync(site.Origin.AbsoluteUri);
        Assert.That(await page.EvaluateAsync<string>(ask, challenge), Is.EqualTo("SecurityError"), "the browser refuses another domain");
        await page.GotoAsync(sister.AbsoluteUri);
        await authenticator.AnswerAsync(true);
        var stolen = await page.EvaluateAsync<string>(ask, challenge);
        Assert.That(stolen, Does.Contain("signature"), "the browser lets another port have it");
        await authenticator.AnswerAsync(false);
        await page.GotoAsync("/signin?returnUrl=/account");
        await page.EvaluateAsync("([challenge, answer]) => { const form = document.querySelector('form[data-passkey]'); form.elements.state.value = JSON.parse(challenge).state; form.elements.credential.value = answer; form.submit(); }", new[] { challenge, stolen });
        await page.WaitForSelectorAsync("#signin-error");
        await AssertSignedOutAsync(page);

        await authenticator.HoldForeignAsync("localhost");
        await authenticator.AnswerAsync(true); // the browser offers it in the field
        await page.GotoAsync("/signin?returnUrl=/account");
        await page.WaitForSelectorAsync("#signin-error");
        await authenticator.AnswerAsync(false);
        await AssertSignedOutAsync(page);
    }

    [Test]
    public async Task A_person_who_is_not_recognised_reads_what_to_do_and_takes_another_way()
    {
        var person = await NewPersonAsync();
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var page = visitor.Page;
        var authenticator = await VirtualAuthenticator.PlugInAsync(page, answers: false);
        await page.GotoAsync("/signin?returnUrl=/account/security");
        await visitor.SignInAsync(person);
        await authenticator.AnswerAsync(true);
        await page.ClickAsync("text=Add a passkey");
        var code = await page.TextContentAsync(".codes code");
        await SignOutAsync(visitor);
        await authenticator.AnswerAsync(false);
        await page.GotoAsync("/signin");
        await visitor.SignInAsync(person);
        await page.ArriveAtAsync("*/signin/factor?*");

        await authenticator.RecogniseAsync(false);
        await authenticator.AnswerAsync(true);
        await page.ClickAsync("button.primary");
        await page.WaitForSelectorAsync("form[data-passkey] [role=alert]:not([hidden])");
        await visitor.AssertAccessibleAsync("a failed passkey");
        await page.ClickAsync("text=Use a recovery code");
        await page.FillAsync("#code", code!); // shown above
        await page.ClickAsync("button.primary");
        await page.ArriveAtAsync("*/account");

        await page.GotoAsync("/account/security");
        Assert.That(await page.TextContentAsync("section:has(#codes)"), Does.Contain("Recovery codes left: 9"));
        await page.ClickAsync("section:has(#passkeys) button.danger");
        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("It is removed"));
        await SignOutAsync(visitor);
        await page.GotoAsync("/signin");
        await visitor.SignInAsync(person);
        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/account"), "the password is enough again");
    }

    [Test]
    public async Task Without_JavaScript_no_passkey_is_offered_and_a_code_works()
    {
        var person = await NewPersonAsync();
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, javaScript: false);
        var page = visitor.Page;

        await page.GotoAsync("/signin");
        Assert.That(await page.IsVisibleAsync("text=Sign in with a passkey"), Is.False);
        Assert.That(await page.IsVisibleAsync(".divider"), Is.False, "nothing stands below the line");
        await visitor.SignInAsync(person);
        await page.GotoAsync("/account/security/app");
        await page.ClickAsync("summary");
        var key = (await page.TextContentAsync("#secret"))!.Replace(" ", "", StringComparison.Ordinal); // it is there
        Assert.That(key, Has.Length.EqualTo(32));
    }

    private async Task<TestUser> NewPersonAsync()
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        var user = new User { UserName = name, NormalizedUserName = name.ToUpperInvariant(), CreatedAt = DateTimeOffset.UnixEpoch, SecurityStamp = name };
        user.PasswordHash = Server.Services.GetRequiredService<IPasswordHasher<User>>().HashPassword(user, Password);
        await Server.WithDatabaseAsync(async db =>
        {
            db.Users.Add(user);
            return await db.SaveChangesAsync();
        });
        return new TestUser(name, Password);
    }

    private static async Task AssertSignedOutAsync(IPage page)
    {
        var answer = await page.Context.APIRequest.GetAsync(new Uri(new Uri(page.Url), "/account").AbsoluteUri, new() { MaxRedirects = 0 });
        Assert.That((answer.Status, answer.Headers["location"]), Is.EqualTo((303, "/signin?returnUrl=%2Faccount")));
    }

    private static async Task SignOutAsync(Visitor visitor)
    {
        await visitor.Page.GotoAsync("/signout");
        await visitor.Page.ClickAsync("main form button");
        await visitor.Page.WaitForSelectorAsync("text=You are signed out");
    }
}
