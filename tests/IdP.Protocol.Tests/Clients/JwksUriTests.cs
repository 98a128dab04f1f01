using Microsoft.AspNetCore.Http;

namespace IdP.Protocol.Tests.Clients;

/// <summary>Clients whose keys are fetched from where they publish them.</summary>
public sealed class JwksUriTests(DatabaseKind database) : AssertionTest(database)
{
    private readonly int port = LoopbackPort.Free();
    private LoopbackSite site = null!; // made in the set-up

    private string? Published { get; set; }

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = Configuration(
            [.. new[] { "rotating", "failing", "fixed", "unnamed" }.Select(name => Machine(name, $$""" "tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": "http://127.0.0.1:{{port}}/{{name}}" """)),
            $$"""
            { "clientId": "app", "tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": "http://localhost:{{port}}/app", "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true,
              "redirectUris": ["https://app.example.test/cb"], "allowedScopes": ["openid"] }
            """]),
    };

    [OneTimeSetUp]
    public async Task StartSiteAsync() => site = await LoopbackSite.StartAsync(async context =>
    {
        if (Published is { } text) await context.Response.WriteAsync(text);
        else context.Response.StatusCode = 500;
    }, port: port);

    [OneTimeTearDown]
    public async Task StopSiteAsync() => await site.DisposeAsync();

    [Test]
    public async Task A_client_that_rotates_its_key_is_accepted_with_the_new_one_after_a_minute()
    {
        TestKey old = TestKey.Rsa("old"), next = TestKey.Elliptic("new");
        Published = TestKey.Set(old);
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(new TestClient("app", null, "https://app.example.test/cb"));
        var answer = await app.AuthorizeAsync(browser, "openid offline_access", TestUsers.Alice);
        var tokens = (await PostAsync("/connect/token", old.Sign("RS256", Claims("app")),
            ("grant_type", "authorization_code"), ("code", answer.Code), ("redirect_uri", app.RedirectUri), ("code_verifier", answer.Request.Verifier))).Expected();

        Published = TestKey.Set(next);
        Server.Clock.Advance(TimeSpan.FromSeconds(60));

        (await PostAsync("/connect/token", next.Sign("ES256", Claims("app")), ("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken!))).Expected();
        AssertRefused(await PostAsync("/connect/token", old.Sign("RS256", Claims("app")), ("grant_type", "refresh_token"), ("refresh_token", "x")), "no key");
    }

    [Test]
    public async Task A_rotated_key_without_kid_is_found_too()
    {
        TestKey old = TestKey.Rsa(), next = TestKey.Rsa();
        Published = TestKey.Set(old);
        (await TokenAsync(old.Sign("RS256", Claims("unnamed")))).Expected();

        Published = TestKey.Set(next);
        Server.Clock.Advance(TimeSpan.FromSeconds(60));

        (await TokenAsync(next.Sign("RS256", Claims("unnamed")))).Expected();
    }

    [Test]
    public async Task While_the_address_fails_the_last_keys_are_used()
    {
        var key = TestKey.Rsa("k");
        Published = TestKey.Set(key);
        (await TokenAsync(key.Sign("RS256", Claims("fixed")))).Expected();

        Published = null;
        Server.Clock.Advance(TimeSpan.FromHours(3));

        (await TokenAsync(key.Sign("RS256", Claims("fixed")))).Expected();
    }

    [Test]
    public async Task A_client_whose_address_never_answered_is_refused_and_its_address_is_not_asked_again_at_once()
    {
        var key = TestKey.Rsa("k");
        Published = null;
        var before = site.Requests;

        for (var i = 0; i < 5; i++) AssertRefused(await TokenAsync(key.Sign("RS256", Claims("failing"))), "no key");

        Assert.That(site.Requests - before, Is.EqualTo(1));
    }
}

/// <summary>A provider that may call only public addresses, with clients that registered others.</summary>
public sealed class JwksUriGuardTests(DatabaseKind database) : AssertionTest(database)
{
    private readonly int port = LoopbackPort.Free();
    private LoopbackSite canary = null!; // made in the set-up

    private string[] Addresses => [$"http://127.0.0.1:{port}/", $"http://localhost:{port}/", $"https://127.0.0.1:{port}/", $"https://localhost:{port}/", $"http://[::1]:{port}/", $"https://[::ffff:127.0.0.1]:{port}/", $"https://0:{port}/", $"https://2130706433:{port}/", $"https://localhost.:{port}/", "https://169.254.169.254/latest/meta-data"];

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = Configuration([.. Addresses.Select((address, i) => Machine($"client-{i}", $$""" "tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": "{{address}}" """))]),
        More = new Dictionary<string, string> { ["OutboundHttp:AllowedNetworks:0"] = "198.51.100.0/24", ["OutboundHttp:AllowedNetworks:1"] = "2001:db8::/32" },
    };

    [OneTimeSetUp]
    public async Task StartCanaryAsync() => canary = await LoopbackSite.StartAsync(context => context.Response.WriteAsync("{}"), port: port);

    [OneTimeTearDown]
    public async Task StopCanaryAsync() => await canary.DisposeAsync();

    [Test]
    public async Task No_key_set_address_inside_sees_a_connection_and_the_answer_is_the_same_for_all()
    {
        var key = TestKey.Rsa();
        List<string?> answers = [];

        for (var i = 0; i < Addresses.Length; i++)
        {
            var answer = await TokenAsync(key.Sign("RS256", Claims($"client-{i}")));
            AssertRefused(answer);
            answers.Add(answer.Text("error_description"));
        }

        Assert.That(canary.Connections, Is.Zero);
        Assert.That(answers.Distinct().Count(), Is.EqualTo(1));
    }
}
