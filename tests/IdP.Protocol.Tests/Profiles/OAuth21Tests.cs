using System.Collections;
using IdP.Hosting;
using IdP.Protocol.Clients;
using IdP.Protocol.Profiles;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Protocol.Tests.Profiles;

/// <summary>A client that is held to OAuth 2.1 is held to it at each request, even when its row says otherwise.</summary>
public sealed class OAuth21Tests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TestClient Held = new("held", "held-secret-1", "https://held.example.test/cb");

    protected override ServerSettings Settings => new(Database)
    {
        Configuration = TestConfiguration.With("""
        { "clients": [{ "clientId": "held", "clientSecrets": [{ "value": "held-secret-1" }], "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true, "redirectUris": ["https://held.example.test/cb", "http://127.0.0.1/cb"],
          "allowedScopes": ["openid"], "securityProfile": "oauth-2.1" }] }
        """),
    };

    [Test]
    public async Task A_conforming_app_works()
    {
        using var browser = Server.NewBrowser();

        var tokens = await Server.NewRelyingParty(Held).SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        Assert.That(tokens.RefreshToken, Is.Not.Null);
    }

    [TestCase("oauth-2.1")]
    [TestCase("a-profile-of-a-newer-version")]
    public async Task A_request_without_a_code_challenge_is_refused_whatever_the_row_says(string profile)
    {
        await ManipulateAsync(c => (c.SecurityProfile, c.RequirePkce) = (profile, false));
        using var browser = Server.NewBrowser();

        var answer = await Server.NewRelyingParty(Held).AuthorizeAsync(browser, "openid", TestUsers.Alice, new("code_challenge", null), new("code_challenge_method", null));

        Assert.That(answer.Error, Is.EqualTo("invalid_request"));
        Assert.That(answer.Parameters["error_description"], Does.Contain("PKCE").Or.Contain("code_challenge"));
    }

    [Test]
    public async Task Tokens_in_the_front_channel_and_passwords_are_refused_whatever_the_row_says()
    {
        await ManipulateAsync(c => (c.AllowedGrantTypes, c.AllowAccessTokensViaBrowser) = (["authorization_code", "implicit", "hybrid", "password"], true));
        var held = Server.NewRelyingParty(Held);
        using var browser = Server.NewBrowser();

        var front = await browser.OpenAsync(held.NewRequest("openid", KeyValuePair.Create<string, string?>("response_type", "id_token token"), KeyValuePair.Create<string, string?>("code_challenge", null), KeyValuePair.Create<string, string?>("code_challenge_method", null)).Url);
        var password = await held.TokenAsync([new("grant_type", "password"), new("username", TestUsers.Alice.UserName), new("password", TestUsers.Alice.Password), new("scope", "openid")]);

        Assert.That(front.Location?.AbsoluteUri ?? front.Body, Does.Contain("error=").Or.Contain("unsupported_response_type").And.Not.Contain("access_token="));
        Assert.That(password.Error, Is.AnyOf("unauthorized_client", "unsupported_grant_type"), password.Body);
    }

    [Test]
    public async Task A_redirect_to_localhost_by_name_is_refused_whatever_the_row_says()
    {
        await ManipulateAsync(c => c.RedirectUris = ["http://localhost/cb"]);
        using var browser = Server.NewBrowser();

        var page = await browser.OpenAsync(Server.NewRelyingParty(Held).NewRequest("openid", KeyValuePair.Create<string, string?>("redirect_uri", "http://localhost/cb")).Url);

        Assert.That(page.Location?.AbsoluteUri ?? page.Body, Does.Contain("invalid_request").And.Not.Contain("code="));
    }

    [Test]
    public async Task What_the_profile_forbids_is_refused_at_the_push_already_whatever_the_row_says()
    {
        var held = Server.NewRelyingParty(Held);
        static KeyValuePair<string, string?> Change(string name, string? value) => KeyValuePair.Create(name, value);

        await ManipulateAsync(c => (c.RequirePkce, c.AllowedGrantTypes, c.AllowAccessTokensViaBrowser) = (false, ["authorization_code", "implicit", "hybrid"], true));
        var unbound = (await held.PushAsync("openid", Change("code_challenge", null), Change("code_challenge_method", null))).Answer;
        var front = (await held.PushAsync("openid", Change("response_type", "id_token"), Change("code_challenge", null), Change("code_challenge_method", null))).Answer;
        var half = (await held.PushAsync("openid", Change("response_type", "code id_token token"))).Answer;
        await ManipulateAsync(c => c.RedirectUris = ["http://localhost/cb"]);
        var plain = (await held.PushAsync("openid", Change("redirect_uri", "http://localhost/cb"))).Answer;
        await ManipulateAsync(_ => { });
        var good = (await held.PushAsync("openid")).Answer;

        Assert.That((unbound.Error, plain.Error), Is.EqualTo(("invalid_request", "invalid_request")), unbound.Body + plain.Body);
        Assert.That(front.Error, Is.AnyOf("invalid_request", "unsupported_response_type"), front.Body);
        Assert.That(half.Error, Is.EqualTo("unsupported_response_type"), half.Body);
        Assert.That((int)good.Status, Is.EqualTo(201), good.Body);
    }

    [Test]
    public async Task A_client_that_is_held_to_the_profile_after_the_push_is_held_to_it_when_the_request_is_brought()
    {
        using var browser = Server.NewBrowser();
        var held = Server.NewRelyingParty(Held);
        await ManipulateAsync(c => (c.SecurityProfile, c.RequirePkce) = (null, false));
        var pushed = await held.PushAsync("openid", KeyValuePair.Create<string, string?>("code_challenge", null), KeyValuePair.Create<string, string?>("code_challenge_method", null));
        await ManipulateAsync(c => c.RequirePkce = false);

        var page = await browser.GetAsync(pushed.Request.Url);

        Assert.That((int)pushed.Answer.Status, Is.EqualTo(201), pushed.Answer.Body);
        Assert.That(page.LocationParameters["error"], Is.EqualTo("invalid_request"));
    }

    [Test]
    public void Every_requirement_has_a_check_that_is_switched_on() => Assert.That(Server.Services.GetRequiredService<ProfileFloor>().Unenforced(), Is.Empty);

    [TestCase("RequireProofKey", "ValidateAuthorizationRequestContext", "proof_key")]
    [TestCase("RequireProofKey", "ValidatePushedAuthorizationRequestContext", "proof_key")]
    [TestCase("RefuseFrontChannelTokens", "ValidatePushedAuthorizationRequestContext", "no_front_channel_tokens")]
    [TestCase("RefusePlainRedirects", "ValidatePushedAuthorizationRequestContext", "secure_redirects")]
    [TestCase("RefusePasswords", "ValidateTokenRequestContext", "no_passwords")]
    [TestCase("ValidateAuthenticationMethod", "ProcessAuthenticationContext", "registered_authentication")]
    public async Task A_build_in_which_a_check_is_missing_does_not_start(string check, string at, string requirement)
    {
        // The engine's options by their name: no other assembly than the protocol's may name its types.
        var type = typeof(ProfileFloor).Assembly.GetReferencedAssemblies().Select(System.Reflection.Assembly.Load).Select(assembly => assembly.GetType("OpenIddict.Server.OpenIddictServerOptions")).Single(found => found is not null)!;
        dynamic monitor = Server.Services.GetRequiredService(typeof(IOptionsMonitor<>).MakeGenericType(type));
        var handlers = (IList)monitor.CurrentValue.Handlers;
        var removed = handlers.Cast<object>().Single(handler => ((ServiceDescriptor)((dynamic)handler).ServiceDescriptor).ServiceType.Name == check && ((Type)((dynamic)handler).ContextType).Name == at);
        var place = handlers.IndexOf(removed);
        handlers.RemoveAt(place);
        try
        {
            Assert.That(Server.Services.GetRequiredService<ProfileFloor>().Unenforced(), Is.EqualTo((string[])[$"oauth-2.1: {requirement}"]));
            await using var scope = Server.Services.CreateAsyncScope();
            Assert.That(async () => await scope.ServiceProvider.GetRequiredService<StartupChecks>().RunAsync(CancellationToken.None), Throws.InstanceOf<StartupException>().With.Message.Contains(requirement));
        }
        finally
        {
            handlers.Insert(place, removed);
        }
    }

    private async Task ManipulateAsync(Action<Client> change) => await Server.WithDatabaseAsync(async db =>
    {
        var client = await db.Clients.SingleAsync(c => c.ClientId == Held.ClientId);
        (client.SecurityProfile, client.RequirePkce, client.AllowAccessTokensViaBrowser, client.AllowedGrantTypes, client.RedirectUris) = ("oauth-2.1", true, false, ["authorization_code"], ["https://held.example.test/cb"]);
        change(client);
        return await db.SaveChangesAsync();
    });
}
