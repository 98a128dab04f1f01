using System.Net;
using IdP.IdentityProviders;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Federation.Oidc;

/// <summary>Whatever a provider answers, nobody comes in who should not, and nothing of ours breaks. The database plays no part in it.</summary>
[OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed class HostileUpstreamTests(DatabaseKind database) : OidcServerTest(database)
{
    private static readonly Dictionary<string, Action<HostileProvider>> Attacks = new()
    {
        ["another issuer"] = p => p.Claims["iss"] = "https://evil.test",
        ["another audience"] = p => p.Claims["aud"] = "somebody-else",
        ["several audiences without azp"] = p => p.Claims["aud"] = new[] { HostileUpstream.ClientId, "somebody-else" },
        ["another authorized party"] = p => p.Claims["azp"] = "somebody-else",
        ["no signature"] = p => p.Algorithm = "none",
        ["the public key as a secret"] = p => (p.Algorithm, p.Key) = ("HS256", HostileProvider.PublicKeyAsSecret),
        ["an unknown key"] = p => p.Key = TestKey.Rsa("unknown"),
        ["a foreign key under a known name"] = p => p.Key = TestKey.Rsa("honest"),
        ["a key in the header"] = p =>
        {
            p.Key = TestKey.Rsa();
            p.Header["jwk"] = p.Key.ToJwk();
        },
        ["an extension that must be understood"] = p => p.Header["crit"] = new[] { "b64" },
        ["another type of token"] = p => p.Header["typ"] = "at+jwt",
        ["an expired token"] = p => p.Claims["exp"] = DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeSeconds(),
        ["no expiry"] = p => p.Claims.Remove("exp"),
        ["no time of issue"] = p => p.Claims.Remove("iat"),
        ["a token of tomorrow"] = p => p.Claims["iat"] = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds(),
        ["an old token"] = p => p.Claims["iat"] = DateTimeOffset.UtcNow.AddHours(-3).ToUnixTimeSeconds(),
        ["no nonce"] = p => p.Claims["nonce"] = null,
        ["another nonce"] = p => p.Claims["nonce"] = "of-another-attempt",
        ["the hash of another access token"] = p => p.Claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA",
        ["no subject"] = p => p.Claims.Remove("sub"),
        ["a subject that is no text"] = p => p.Claims["sub"] = 7,
        ["a subject of 300 characters"] = p => p.Claims["sub"] = new string('s', 300),
        ["userinfo of somebody else"] = p => AskUserInfo(p).UserInfo["sub"] = "sub-of-somebody-else",
        ["userinfo of nobody"] = p => AskUserInfo(p).UserInfo.Remove("sub"),
        ["userinfo that is no JSON"] = p => AskUserInfo(p).Answers["userinfo"] = http => HostileProvider.Text(http, "<html>", "text/html"),
        ["ten megabytes of userinfo"] = p => AskUserInfo(p).Answers["userinfo"] = HostileProvider.Flood,
        ["ten megabytes of tokens"] = p => p.Answers["token"] = HostileProvider.Flood,
        ["tokens of another media type"] = p => p.Answers["token"] = http => HostileProvider.Text(http, $$"""{"id_token":"{{p.Token()}}","access_token":"at","token_type":"Bearer"}""", "text/html"),
        ["tokens that are no JSON"] = p => p.Answers["token"] = http => HostileProvider.Text(http, "\u0000\u0001{"),
        ["a list of tokens"] = p => p.Answers["token"] = http => HostileProvider.Text(http, "[]"),
        ["tokens given twice"] = p => p.Answers["token"] = http => HostileProvider.Text(http, """{"id_token":"a","id_token":"b"}"""),
        ["no ID token"] = p => p.Answers["token"] = http => HostileProvider.Text(http, """{"access_token":"at","token_type":"Bearer"}"""),
        ["an error at the token endpoint"] = p => p.Answers["token"] = async http =>
        {
            http.Response.StatusCode = 400;
            await HostileProvider.Text(http, """{"error":"invalid_grant"}""");
        },
        ["a redirect of the token endpoint"] = p =>
        {
            p.Answers["elsewhere"] = http => HostileProvider.Json(http, new Dictionary<string, object?> { ["access_token"] = "at", ["token_type"] = "Bearer", ["id_token"] = p.Token() });
            p.Answers["token"] = http => HostileProvider.Redirect(http, p.Issuer + "/elsewhere");
        },
        ["a silent token endpoint"] = p => p.Answers["token"] = HostileProvider.Silence,
        ["keys that are no keys"] = p => p.Answers["jwks"] = http => HostileProvider.Text(http, """{"keys":[{"kty":"RSA","n":7}]}"""),
        ["another issuer in its answer"] = p => p.Callback = "&iss=" + Uri.EscapeDataString("https://evil.test"),
        ["no issuer in its answer though it says so"] = p => p.Metadata["authorization_response_iss_parameter_supported"] = true,
        ["a code given twice"] = p => p.Callback = "&code=second",
        ["an error with markup"] = p => p.Callback = "&error=" + Uri.EscapeDataString("\"><script>alert(1)</script>"),
        ["a token endpoint at a cloud's metadata service"] = p => p.Metadata["token_endpoint"] = "https://169.254.169.254/token",
        ["keys at a private address"] = p => p.Metadata["jwks_uri"] = "https://10.0.0.1/keys",
    };

    private static readonly Dictionary<string, Action<HostileProvider>> Metadata = new()
    {
        ["of another issuer"] = p => p.Metadata["issuer"] = "https://evil.test",
        ["without an endpoint"] = p => p.Metadata.Remove("token_endpoint"),
        ["with a script for browsers"] = p => p.Metadata["authorization_endpoint"] = "javascript:alert(1)",
        ["with plain http for browsers"] = p => p.Metadata["authorization_endpoint"] = "http://evil.test/authorize",
        ["of ten megabytes"] = p => p.Answers[".well-known/openid-configuration"] = HostileProvider.Flood,
        ["of another media type"] = p => p.Answers[".well-known/openid-configuration"] = http => HostileProvider.Text(http, "{}", "text/html"),
        ["by a redirect"] = p => p.Answers[".well-known/openid-configuration"] = http => HostileProvider.Redirect(http, p.Issuer + "/jwks"),
        ["that never comes"] = p => p.Answers[".well-known/openid-configuration"] = HostileProvider.Silence,
        ["with a way to push requests that answers nonsense"] = p =>
        {
            p.Metadata["pushed_authorization_request_endpoint"] = p.Issuer + "/par";
            p.Answers["par"] = http => HostileProvider.Text(http, """{"request_uri":7}""");
        },
    };

    private readonly HostileUpstream upstream = new();
    private int number;

    protected override string Patience => "00:00:03";

    private static IEnumerable<string> AttackNames => Attacks.Keys;

    private static IEnumerable<string> MetadataNames => Metadata.Keys;

    [OneTimeSetUp]
    public async Task StartUpstreamAsync()
    {
        await upstream.StartAsync();
        await AddOrganizationAsync("acme", "acme.test");
    }

    [OneTimeTearDown]
    public async Task StopUpstreamAsync() => await upstream.DisposeAsync();

    [Test]
    public async Task An_honest_answer_signs_in_and_userinfo_is_asked_only_for_what_is_missing()
    {
        var (whole, partly) = (await AddAsync(), AskUserInfo(await AddAsync()));
        whole.Answers["userinfo"] = _ => throw new InvalidOperationException("Nobody should have asked.");
        (whole.Claims["at_hash"], partly.UserInfo["email"], partly.UserInfo["email_verified"]) = (HashOf("at"), "partly@acme.test", true);

        var first = await BringAsync(Server.NewBrowser(), whole);
        var second = await BringAsync(Server.NewBrowser(), partly);

        Assert.That((first.Url.AbsolutePath, second.Url.AbsolutePath), Is.EqualTo(("/account", "/account")));
        Assert.That((await UsersWithAsync("partly@acme.test")).Count, Is.EqualTo(1));
    }

    [TestCaseSource(nameof(AttackNames))]
    public async Task A_dishonest_answer_opens_nothing(string attack)
    {
        var provider = await AddAsync();
        Attacks[attack](provider);
        var browser = Server.NewBrowser();

        var page = await BringAsync(browser, provider);

        await RefusedAsync(page, browser, provider);
    }

    [TestCaseSource(nameof(MetadataNames))]
    public async Task Metadata_that_cannot_be_used_lead_back_to_the_sign_in_page(string attack)
    {
        var provider = await AddAsync();
        Metadata[attack](provider);
        var browser = Server.NewBrowser();

        var page = await browser.OpenAsync(StartUrl(provider.Name));

        await RefusedAsync(page, browser, provider);
    }

    [Test]
    public async Task An_answer_of_one_provider_is_none_of_another()
    {
        var (one, other) = (await AddAsync(), await AddAsync());
        var browser = Server.NewBrowser();
        var way = await browser.GetAsync(StartUrl(one.Name));
        (one.Claims["nonce"], other.Claims["nonce"]) = (way.LocationParameters["nonce"], way.LocationParameters["nonce"]);

        var crossed = await browser.OpenAsync($"/signin/upstream/{other.Name}/callback?code=c&state={way.LocationParameters["state"]}");
        var unknown = await browser.OpenAsync("/signin/upstream/nobody/callback?code=c&state=s");

        Assert.That((crossed.Url.AbsolutePath, unknown.Url.AbsolutePath, await IsSignedInAsync(browser)), Is.EqualTo(("/signin", "/signin", false)));
    }

    [Test]
    public async Task A_key_that_was_rotated_in_is_fetched_a_minute_after_the_last_time_at_the_earliest()
    {
        var (provider, asked, next) = (await AddAsync(), 0, TestKey.Elliptic("next"));
        var honest = provider.Answers["jwks"];
        provider.Answers["jwks"] = http =>
        {
            asked++;
            return asked == 1 ? honest(http) : HostileProvider.Text(http, TestKey.Set(next));
        };
        await BringAsync(Server.NewBrowser(), provider);
        (provider.Algorithm, provider.Key) = ("ES256", next);

        var soon = await BringAsync(Server.NewBrowser(), provider);
        var askedSoon = asked;
        Server.Clock.Advance(TimeSpan.FromSeconds(61));
        var later = await BringAsync(Server.NewBrowser(), provider);

        Assert.That((soon.Url.AbsolutePath, askedSoon, later.Url.AbsolutePath, asked), Is.EqualTo(("/signin", 1, "/account", 2)));
    }

    [Test]
    public async Task An_attempt_lives_for_a_quarter_of_an_hour()
    {
        var provider = await AddAsync();
        var browser = Server.NewBrowser();
        var way = await browser.GetAsync(StartUrl(provider.Name));
        provider.Claims["nonce"] = way.LocationParameters["nonce"];
        Server.Clock.Advance(TimeSpan.FromMinutes(16));

        var late = await browser.OpenAsync($"/signin/upstream/{provider.Name}/callback?code=c&state={way.LocationParameters["state"]}");

        Assert.That((late.Url.AbsolutePath, await IsSignedInAsync(browser)), Is.EqualTo(("/signin", false)));
    }

    [TestCase(EmailTrust.Always, "always@any.test", true, "any.test")]
    [TestCase(EmailTrust.Never, "never@any.test", false, "any.test")]
    [TestCase(EmailTrust.Always, "other@other.test", false, "any.test")]
    [TestCase(EmailTrust.Always, "star@star.test", true, "*")]
    [TestCase(EmailTrust.Always, "none@none.test", false)]
    [TestCase(EmailTrust.Always, "two@evil.test@any.test", false, "any.test")]
    [TestCase(EmailTrust.Always, "wide@\uff41ny.test", false, "any.test")]
    public async Task A_provider_without_organization_speaks_for_the_domains_it_was_allowed(EmailTrust trust, string email, bool comesIn, params string[] domains)
    {
        var provider = await AddAsync(p => (p.Organizations, p.AllowedDomains, p.EmailTrust) = ([], [.. domains], trust));
        (provider.Claims["email"], provider.Claims["email_verified"]) = (email, null);

        var page = await BringAsync(Server.NewBrowser(), provider);

        Assert.That((page.Url.AbsolutePath, (await UsersWithAsync(email)).Count), Is.EqualTo(comesIn ? ("/account", 1) : ("/signin", 0)));
    }

    private static HostileProvider AskUserInfo(HostileProvider provider)
    {
        provider.Claims.Remove("email");
        return provider;
    }

    private static string HashOf(string accessToken) =>
        Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlEncode(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(accessToken)).AsSpan(0, 16));

    private async Task<HostileProvider> AddAsync(Action<IdentityProviderSettings>? change = null)
    {
        var provider = upstream.Add($"up{Interlocked.Increment(ref number)}");
        await AddProviderAsync(provider.Name, provider.Issuer, p =>
        {
            p.Organizations = ["acme"];
            change?.Invoke(p);
        });
        return provider;
    }

    /// <summary>To the provider and back with its answer, which carries the nonce it was sent unless the test gave another.</summary>
    private static async Task<Page> BringAsync(BrowserClient browser, HostileProvider provider)
    {
        var way = await browser.GetAsync(StartUrl(provider.Name));
        if (!way.LocationParameters.TryGetValue("nonce", out var nonce)) return await browser.FollowAsync(way);
        if (provider.Claims["nonce"] is string { Length: 0 or 43 }) provider.Claims["nonce"] = nonce; // that of the last attempt, or none yet
        return await browser.OpenAsync($"/signin/upstream/{provider.Name}/callback?code=c&state={way.LocationParameters["state"]}{provider.Callback}");
    }

    private async Task RefusedAsync(Page page, BrowserClient browser, HostileProvider provider)
    {
        Assert.That((page.Status, page.Url.AbsolutePath, page.Body.Contains(Refusal), page.Body.Contains("id=\"trace-id\"")), Is.EqualTo((HttpStatusCode.OK, "/signin", true, true)), page.Body);
        Assert.That(page.Body, Does.Not.Contain("<script>alert"));
        Assert.That((await IsSignedInAsync(browser), await ReadAsync(db => db.UserLogins.CountAsync(l => l.ProviderKey == "sub-" + provider.Name))), Is.EqualTo((false, 0)));
        var decision = await LastDecisionAsync();
        Assert.That((decision.Outcome, decision.IdentityProvider), Is.EqualTo((SignInOutcome.UpstreamRefused, provider.Name)));
    }
}
