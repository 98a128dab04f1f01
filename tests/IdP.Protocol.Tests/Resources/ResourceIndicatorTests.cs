using System.Net;

namespace IdP.Protocol.Tests.Resources;

/// <summary>RFC 8707: an app says which APIs a token is for.</summary>
public sealed class ResourceIndicatorTests(DatabaseKind database) : ResourceTest(database)
{
    private static KeyValuePair<string, string?> Resource(string uri) => new("resource", uri);

    private static Task<TokenAnswer> ExchangeAsync(RelyingParty app, AuthorizationAnswer answer, params string[] resources) => app.TokenAsync(
    [
        new("grant_type", "authorization_code"), new("code", answer.Code), new("redirect_uri", app.RedirectUri), new("code_verifier", answer.Request.Verifier),
        .. resources.Select(r => KeyValuePair.Create("resource", r)),
    ]);

    [Test]
    public async Task Without_a_resource_the_token_is_for_every_api_of_its_scopes_that_does_not_insist_on_being_named()
    {
        using var browser = Server.NewBrowser();
        var shop = Server.NewRelyingParty(Shop);

        var tokens = await shop.SignInAsync(browser, Everything, TestUsers.Alice);

        Assert.That(Audience(tokens), Is.EquivalentTo(new[] { Orders, Billing }));
        Assert.That(Scopes(tokens), Is.EquivalentTo(new[] { "openid", "offline_access", "orders.read", "billing.read" }));
        Assert.That(tokens.Scope!.Split(' '), Does.Not.Contain("vault.open"));
    }

    [Test]
    public async Task The_resources_of_the_authorization_request_bound_every_token_of_the_grant()
    {
        using var browser = Server.NewBrowser();
        var shop = Server.NewRelyingParty(Shop);
        var request = shop.NewRequest("openid offline_access orders.read billing.read");
        var answer = await shop.AuthorizeAsync(browser, request with { Url = request.Url + "&resource=" + Uri.EscapeDataString(Orders) + "&resource=" + Uri.EscapeDataString(Billing) }, TestUsers.Alice);

        var narrowed = (await ExchangeAsync(shop, answer, Billing)).Expected();
        var whole = (await shop.RefreshAsync(narrowed.RefreshToken!)).Expected();
        var other = (await shop.RefreshAsync(whole.RefreshToken!, [new("resource", Orders)])).Expected();
        var beyond = await shop.RefreshAsync(other.RefreshToken!, [new("resource", Vault)]);

        Assert.That(Audience(narrowed), Is.EqualTo(new[] { Billing }));
        Assert.That(Scopes(narrowed), Is.EquivalentTo(new[] { "openid", "offline_access", "billing.read" }));
        Assert.That(Audience(whole), Is.EquivalentTo(new[] { Orders, Billing }), "a refresh is bound by the grant, not by the last token");
        Assert.That(Audience(other), Is.EqualTo(new[] { Orders }));
        Assert.That((beyond.Status, beyond.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_target")));
    }

    [Test]
    public async Task A_grant_for_one_resource_gives_tokens_for_it_alone()
    {
        using var browser = Server.NewBrowser();
        var shop = Server.NewRelyingParty(Shop);

        var answer = await shop.AuthorizeAsync(browser, "openid offline_access vault.open", TestUsers.Alice, [Resource(Vault)]);
        var tokens = (await shop.ExchangeCodeAsync(answer)).Expected();

        Assert.That(Audience(tokens), Is.EqualTo(new[] { Vault }));
        Assert.That(Audience((await shop.RefreshAsync(tokens.RefreshToken!)).Expected()), Is.EqualTo(new[] { Vault }));
    }

    [Test]
    public async Task An_api_that_insists_on_being_named_is_never_together_with_another()
    {
        using var browser = Server.NewBrowser();
        var shop = Server.NewRelyingParty(Shop);
        var tokens = await shop.SignInAsync(browser, Everything, TestUsers.Alice);

        var alone = (await shop.RefreshAsync(tokens.RefreshToken!, [new("resource", Vault)])).Expected();
        var together = await shop.RefreshAsync(alone.RefreshToken!, [new("resource", Vault), new("resource", Orders)]);

        Assert.That(Audience(alone), Is.EqualTo(new[] { Vault }));
        Assert.That(Scopes(alone), Is.EquivalentTo(new[] { "openid", "offline_access", "vault.open" }));
        Assert.That(together.Error, Is.EqualTo("invalid_target"));
    }

    [TestCase("urn:test:nothing")]
    [TestCase("urn:test:off")]
    [TestCase("urn:test:foreign")]
    [TestCase("plain")]
    [TestCase("/etc/passwd")]
    [TestCase("//billing.example.test/api")]
    [TestCase("https://billing.example.test/api#x")]
    [TestCase("https://billing.example.test/api/")]
    [TestCase("HTTPS://billing.example.test/api")]
    [TestCase("https://billing.example.test/ä")]
    [TestCase("urn:test:part#one")]
    [TestCase("//\u202e")]
    [TestCase("\\\\\u200e")]
    [TestCase("https://\u00ad")]
    public async Task A_resource_that_is_none_is_an_invalid_target_everywhere(string resource)
    {
        using var browser = Server.NewBrowser();
        var shop = Server.NewRelyingParty(Shop);

        var front = await browser.GetAsync(shop.NewRequest("openid billing.read", Resource(resource)).Url);
        var pushed = await shop.PushAsync("openid billing.read", Resource(resource));
        var machine = await MachineAsync(shop, "billing.read", resource);

        Assert.That(front.LocationParameters.GetValueOrDefault("error"), Is.EqualTo("invalid_target"), front.Body);
        Assert.That((pushed.Answer.Status, pushed.Answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_target")));
        Assert.That((machine.Status, machine.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_target")));
    }

    [Test]
    public async Task Scope_and_resource_must_fit()
    {
        using var browser = Server.NewBrowser();
        var shop = Server.NewRelyingParty(Shop);

        var noScope = await browser.GetAsync(shop.NewRequest("openid orders.read", Resource(Billing)).Url);
        var noApi = await browser.GetAsync(shop.NewRequest("openid orders.read billing.read", Resource(Billing)).Url);
        var machine = await MachineAsync(shop, "orders.read billing.read", Billing);

        Assert.That(noScope.LocationParameters["error"], Is.EqualTo("invalid_target"));
        Assert.That(noApi.LocationParameters["error"], Is.EqualTo("invalid_scope"));
        Assert.That(machine.Error, Is.EqualTo("invalid_scope"));
    }

    [Test]
    public async Task A_machine_names_the_api_it_wants_a_token_for()
    {
        var shop = Server.NewRelyingParty(Shop);

        Assert.That(Audience(await MachineAsync(shop, "orders.read", Orders)), Is.EqualTo(new[] { Orders }));
        Assert.That(Scopes(await MachineAsync(shop, "", Orders)), Is.EquivalentTo(new[] { "orders.read", "orders.write" }), "without a scope, all that the resource serves");
        Assert.That(Audience(await MachineAsync(shop, "vault.open", Vault)), Is.EqualTo(new[] { Vault }));
        Assert.That((await MachineAsync(shop, "vault.open")).Error, Is.EqualTo("invalid_target"));
        Assert.That(Audience(await MachineAsync(shop, "orders.read billing.read", Orders, Billing)), Is.EquivalentTo(new[] { Orders, Billing }));
    }

    [Test]
    public async Task A_password_is_given_a_token_for_the_api_that_was_named()
    {
        var shop = Server.NewRelyingParty(Shop);
        Task<TokenAnswer> AskAsync(string resource) => shop.TokenAsync([new("grant_type", "password"), new("username", TestUsers.Alice.UserName), new("password", TestUsers.Alice.Password), new("scope", "openid offline_access orders.read billing.read"), new("resource", resource)]);

        var named = await shop.TokenAsync([new("grant_type", "password"), new("username", TestUsers.Alice.UserName), new("password", TestUsers.Alice.Password), new("scope", "openid billing.read"), new("resource", Billing)]);
        var mixed = await AskAsync(Billing);

        Assert.That(Audience(named), Is.EqualTo(new[] { Billing }));
        Assert.That(mixed.Error, Is.EqualTo("invalid_scope"), mixed.Body);
        Assert.That((await AskAsync("urn:test:nothing")).Error, Is.EqualTo("invalid_target"));
    }

    [Test]
    public async Task A_pushed_request_carries_its_resources()
    {
        using var browser = Server.NewBrowser();
        var shop = Server.NewRelyingParty(Shop);
        var pushed = await shop.PushAsync("openid billing.read", Resource(Billing));

        var tokens = await shop.ExchangeCodeAsync(await shop.AuthorizeAsync(browser, pushed.Request, TestUsers.Alice));

        Assert.That(Audience(tokens), Is.EqualTo(new[] { Billing }));
    }

    [Test]
    public async Task Several_resources_survive_the_pages_on_the_way()
    {
        using var browser = Server.NewBrowser();
        var shop = Server.NewRelyingParty(Shop);
        var request = shop.NewRequest("openid orders.read billing.read", new KeyValuePair<string, string?>("prompt", "consent"));

        var answer = await shop.AuthorizeAsync(browser, request with { Url = request.Url + "&resource=" + Uri.EscapeDataString(Orders) + "&resource=" + Uri.EscapeDataString(Billing) }, TestUsers.Bob);
        var outside = await ExchangeAsync(shop, answer, Vault);

        Assert.That(outside.Error, Is.EqualTo("invalid_target"));
    }

    [Test]
    public async Task Only_resource_may_be_repeated_and_not_without_end()
    {
        using var browser = Server.NewBrowser();
        var shop = Server.NewRelyingParty(Shop);
        var twice = string.Concat(Enumerable.Repeat("&resource=" + Uri.EscapeDataString(Billing), 2));
        var often = string.Concat(Enumerable.Repeat("&resource=" + Uri.EscapeDataString(Billing), 21));

        var same = await browser.OpenAsync(shop.NewRequest("openid billing.read").Url + twice);
        var many = await browser.GetAsync(shop.NewRequest("openid billing.read").Url + often);
        var folded = await browser.GetAsync(shop.NewRequest("openid billing.read").Url + "&resource=a&RESOURCE=b");
        var audience = await browser.GetAsync(shop.NewRequest("openid billing.read").Url + "&audience=a&audience=b");
        var manyAtToken = await MachineAsync(shop, "billing.read", [.. Enumerable.Repeat(Billing, 21)]);

        Assert.That(same.AsksToSignIn, Is.True, same.Body);
        foreach (var page in new[] { many, folded, audience }) Assert.That(page.LocationParameters.GetValueOrDefault("error"), Is.EqualTo("invalid_request"), page.Body);
        Assert.That(manyAtToken.Error, Is.EqualTo("invalid_request"));
    }
}
