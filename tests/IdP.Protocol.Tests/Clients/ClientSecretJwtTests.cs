using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Clients;

/// <summary>Clients that sign with their secret (OpenID Connect Core 9 client_secret_jwt), and several secrets at a time.</summary>
public sealed class ClientSecretJwtTests(DatabaseKind database) : AssertionTest(database)
{
    private const string Secret = "0123456789-0123456789-0123456789-0123456789-0123456789-0123456789", Next = "next-next-next-next-next-next-next-next-next-next-next-next-next-next", Past = "past-past-past-past-past-past-past-past-past-past-past-past-past-past";
    private const string Short = "a-secret-of-thirty-two-characters";

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = Configuration(
            Machine("hmac", $$""" "tokenEndpointAuthMethod": "client_secret_jwt", "clientSecrets": [{ "value": "{{Secret}}", "expiration": "2030-01-01T00:00:00Z" }, { "value": "{{Next}}" }, { "value": "{{Past}}", "expiration": "2020-01-01T00:00:00Z" }] """),
            Machine("short", $$""" "tokenEndpointAuthMethod": "client_secret_jwt", "clientSecrets": [{ "value": "{{Short}}" }] """),
            Machine("pinned", $$""" "tokenEndpointAuthMethod": "client_secret_jwt", "tokenEndpointAuthSigningAlg": "HS512", "clientSecrets": [{ "value": "{{Secret}}" }] """),
            Machine("several", """ "clientSecrets": [{ "value": "first-secret", "expiration": "2030-01-01T00:00:00Z" }, { "value": "second-secret" }, { "value": "past-secret", "expiration": "2020-01-01T00:00:00Z" }] """)),
    };

    [TestCase("HS256")]
    [TestCase("HS384")]
    [TestCase("HS512")]
    public async Task Every_HMAC_algorithm_is_accepted(string algorithm)
    {
        var key = TestKey.Hmac(Secret);

        (await TokenAsync(key.Sign(algorithm, Claims("hmac")))).Expected();
    }

    [Test]
    public async Task Old_and_new_secret_work_side_by_side_and_an_expired_one_does_not()
    {
        TestKey old = TestKey.Hmac(Secret), next = TestKey.Hmac(Next), past = TestKey.Hmac(Past), wrong = TestKey.Hmac(Secret + "x");

        (await TokenAsync(old.Sign("HS256", Claims("hmac")))).Expected();
        (await TokenAsync(next.Sign("HS256", Claims("hmac")))).Expected();
        AssertRefused(await TokenAsync(past.Sign("HS256", Claims("hmac"))), "no key");
        AssertRefused(await TokenAsync(wrong.Sign("HS256", Claims("hmac"))), "no key");
    }

    [Test]
    public async Task A_secret_shorter_than_the_hash_is_no_key()
    {
        var key = TestKey.Hmac(Short);

        (await TokenAsync(key.Sign("HS256", Claims("short")))).Expected();
        AssertRefused(await TokenAsync(key.Sign("HS384", Claims("short"))), "no key");
        AssertRefused(await TokenAsync(key.Sign("HS512", Claims("short"))), "no key");
    }

    [Test]
    public async Task Only_the_registered_algorithm_is_accepted()
    {
        var key = TestKey.Hmac(Secret);

        (await TokenAsync(key.Sign("HS512", Claims("pinned")))).Expected();
        AssertRefused(await TokenAsync(key.Sign("HS256", Claims("pinned"))), "HS512");
    }

    [Test]
    public async Task The_secret_itself_is_not_accepted_nor_a_signature_with_a_private_key()
    {
        TestKey rsa = TestKey.Rsa(), empty = TestKey.Hmac("");

        using (var basic = new RelyingParty(Server.Origin, "hmac", Secret)) AssertRefused(await basic.ClientCredentialsAsync("api.read"), "client_secret_jwt");
        AssertRefused(await TokenAsync(rsa.Sign("RS256", Claims("hmac"))), "algorithm");
        AssertRefused(await TokenAsync(empty.Sign("HS256", Claims("hmac"))), "no key");
    }

    [Test]
    public async Task An_assertion_is_accepted_once()
    {
        var key = TestKey.Hmac(Secret);
        var assertion = key.Sign("HS256", Claims("hmac"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => TokenAsync(assertion))));

        Assert.That(answers.Count(answer => (int)answer.Status == 200), Is.EqualTo(1));
    }

    [Test]
    public async Task The_database_holds_such_a_secret_encrypted_and_others_as_hashes_alone()
    {
        var clients = await Server.WithDatabaseAsync(db => db.Clients.Include(c => c.ClientSecrets).ToDictionaryAsync(c => c.ClientId));

        Assert.That(clients["hmac"].ClientSecrets.Select(s => s.ProtectedValue), Is.All.Not.Null.And.All.Not.Contain(Secret).And.All.Not.Contain(Next));
        Assert.That(clients["several"].ClientSecrets.Select(s => s.ProtectedValue), Is.All.Null);
        Assert.That(clients["hmac"].ClientSecrets.TrueForAll(s => SecretHasher.IsHash(s.Hash)), Is.True);
    }

    [TestCase("first-secret", true)]
    [TestCase("second-secret", true)]
    [TestCase("past-secret", false)]
    [TestCase("second-secret ", false)]
    public async Task Of_several_secrets_those_that_have_not_expired_work(string secret, bool works)
    {
        using var client = new RelyingParty(Server.Origin, "several", secret);

        var answer = await client.ClientCredentialsAsync("api.read");

        if (works) answer.Expected();
        else AssertRefused(answer);
    }

    [TestCase("/connect/token")]
    [TestCase("/connect/introspect")]
    [TestCase("/connect/revocation")]
    public async Task An_unknown_client_and_a_wrong_secret_get_the_same_answer(string path)
    {
        using RelyingParty unknown = new(Server.Origin, "no-such-client", "some-secret"), wrong = new(Server.Origin, "several", "some-secret");
        KeyValuePair<string, string>[] form = [new("grant_type", "client_credentials"), new("token", "x")];

        AssertRefused(await unknown.PostAsync(path, form));
        AssertRefused(await wrong.PostAsync(path, form));
    }

    [Test]
    public async Task A_form_that_names_another_client_than_the_Authorization_header_is_refused()
    {
        using var client = new RelyingParty(Server.Origin, "several", "first-secret");

        var other = await client.PostAsync("/connect/token", [new("grant_type", "client_credentials"), new("client_id", "machine")]);
        var same = await client.PostAsync("/connect/token", [new("grant_type", "client_credentials"), new("client_id", "several")]);

        Assert.That(((int)other.Status, other.Error), Is.EqualTo((400, "invalid_request")));
        same.Expected();
    }
}
