using System.Security.Cryptography;
using IdP.Protocol.Clients;
using IdP.Protocol.Outbound;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Tests.Clients;

public sealed class PublishedKeysTests
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero));
    private LoopbackSite site = null!; // made in the set-up
    private OutboundHttp http = null!; // made in the set-up
    private ClientKeys keys = null!; // made in the set-up
    private KeySource source;

    private string? Published { get; set; }

    private string? CacheControl { get; set; }

    [SetUp]
    public async Task StartSiteAsync()
    {
        site = await LoopbackSite.StartAsync(async context =>
        {
            if (CacheControl is { } control) context.Response.Headers.CacheControl = control;
            if (Published is { } text) await context.Response.WriteAsync(text);
            else context.Response.StatusCode = 503;
        });
        http = new OutboundHttp(Options.Create(new OutboundHttpOptions { AllowedNetworks = ["127.0.0.0/8"] }), new SystemNameResolver(), NullLogger<OutboundHttp>.Instance);
        keys = new ClientKeys(new PublishedKeys(http, clock, NullLogger<PublishedKeys>.Instance));
        source = new KeySource(null, site.UrlOf("/jwks"));
        (Published, CacheControl) = (null, null);
    }

    [TearDown]
    public async Task StopSiteAsync()
    {
        http.Dispose();
        await site.DisposeAsync();
    }

    [Test]
    public async Task A_set_is_fetched_once_for_many_requests_at_the_same_time()
    {
        Published = Set(Rsa("a"));

        var found = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () => await FindAsync("a"))));

        Assert.That(found, Is.All.EqualTo(new[] { "a" }));
        Assert.That(site.Requests, Is.EqualTo(1));
    }

    [Test]
    public async Task A_rotated_key_is_found_by_its_unknown_kid_after_the_retry_interval()
    {
        Published = Set(Rsa("old"));
        Assert.That(await FindAsync("old"), Is.EqualTo(new[] { "old" }));
        Published = Set(Rsa("new"));

        var early = await FindAsync("new");
        clock.Advance(TimeSpan.FromSeconds(31));
        var later = await FindAsync("new");

        Assert.That(early, Is.Empty);
        Assert.That(later, Is.EqualTo(new[] { "new" }));
        Assert.That(site.Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task Unknown_kids_make_the_server_ask_an_address_at_most_once_in_the_retry_interval()
    {
        Published = Set(Rsa("a"));

        for (var i = 0; i < 100; i++) await FindAsync($"unknown-{i}");

        Assert.That(site.Requests, Is.EqualTo(1));
    }

    [TestCase(null, 601)]
    [TestCase("max-age=120", 121)]
    [TestCase("max-age=1", 61)]
    [TestCase("no-store", 61)]
    [TestCase("max-age=31536000", 3601)]
    public async Task A_set_is_kept_as_long_as_its_sender_says_within_bounds(string? cacheControl, int seconds)
    {
        (Published, CacheControl) = (Set(Rsa("a")), cacheControl);
        await FindAsync("a");

        clock.Advance(TimeSpan.FromSeconds(seconds - 2));
        await FindAsync("a");
        var before = site.Requests;
        clock.Advance(TimeSpan.FromSeconds(3));
        await FindAsync("a");

        Assert.That((before, site.Requests), Is.EqualTo((1, 2)));
    }

    [TestCase(null)]
    [TestCase("<html>")]
    [TestCase("[]")]
    [TestCase("{\"keys\":{}}")]
    public async Task The_last_good_set_is_used_while_the_address_fails_but_not_for_ever(string? failure)
    {
        Published = Set(Rsa("a"));
        await FindAsync("a");
        Published = failure;

        clock.Advance(TimeSpan.FromHours(23));
        var during = await FindAsync("a");
        clock.Advance(TimeSpan.FromHours(2));
        var after = await FindAsync("a");

        Assert.That(during, Is.EqualTo(new[] { "a" }));
        Assert.That(after, Is.Empty);
    }

    [Test]
    public async Task A_failure_is_remembered_for_the_retry_interval()
    {
        for (var i = 0; i < 10; i++) Assert.That(await FindAsync("a"), Is.Empty);
        Published = Set(Rsa("a"));
        clock.Advance(TimeSpan.FromSeconds(31));

        Assert.That(await FindAsync("a"), Is.EqualTo(new[] { "a" }));
        Assert.That(site.Requests, Is.EqualTo(2));
    }

    [Test]
    public async Task Only_usable_public_keys_of_a_published_set_are_taken()
    {
        using var weak = RSA.Create(1024);
        using var full = RSA.Create(2048);
        var secret = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(full.ExportParameters(true)));
        Published = $$"""
            { "keys": [
              { "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
              { "kty": "oct", "k": "AAAA" },
              { "kty": "RSA", "n": "AQ", "e": "AQAB" }, { "kty": "RSA" }, { "kty": "RSA", "n": "%%%", "e": "AQAB" },
              { "kty": "RSA", "kid": "exponent", "n": "{{Base64UrlEncoder.Encode(full.ExportParameters(false).Modulus)}}", "e": "AQ" },
              { "kty": "RSA", "kid": "weak", "n": "{{Base64UrlEncoder.Encode(weak.ExportParameters(false).Modulus)}}", "e": "AQAB" },
              { "kty": "RSA", "kid": "secret", "n": "{{secret.N}}", "e": "AQAB", "d": "{{secret.D}}", "p": "{{secret.P}}", "q": "{{secret.Q}}", "dp": "{{secret.DP}}", "dq": "{{secret.DQ}}", "qi": "{{secret.QI}}" },
              { "kty": "EC", "kid": "off-curve", "crv": "P-256", "x": "{{Base64UrlEncoder.Encode(new byte[32])}}", "y": "{{Base64UrlEncoder.Encode(new byte[32])}}" },
              {{Rsa("good")}}
            ] }
            """;

        var found = await keys.FindVerificationKeysAsync(source, null, "RS256", renew: false, CancellationToken.None);

        Assert.That(found.Select(key => key.Kid), Is.EqualTo(new[] { "good" }));
    }

    private async Task<string[]> FindAsync(string kid) => [.. (await keys.FindVerificationKeysAsync(source, kid, "RS256", renew: false, CancellationToken.None)).Select(key => key.Kid)];

    private static string Set(params string[] keys) => $$"""{ "keys": [{{string.Join(',', keys)}}] }""";

    private static string Rsa(string kid)
    {
        using var rsa = RSA.Create(2048);
        return $$"""{ "kty": "RSA", "use": "sig", "kid": "{{kid}}", "n": "{{Base64UrlEncoder.Encode(rsa.ExportParameters(false).Modulus)}}", "e": "AQAB" }""";
    }
}
