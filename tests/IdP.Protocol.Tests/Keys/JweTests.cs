using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Tests.Keys;

public sealed class JweTests
{
    private static readonly string[] Texts = ["", "x", "Grüße 🔑", new string('ü', 20_000)];

    [Test]
    public async Task Jose_opens_what_is_encrypted_with_every_algorithm_on_every_curve()
    {
        EncryptionKey[] keys = [EncryptionKey.Rsa(), EncryptionKey.Elliptic("P-256"), EncryptionKey.Elliptic("P-384"), EncryptionKey.Elliptic("P-521")];
        var cases = (
            from algorithm in EncryptionAlgorithms.KeyManagement
            from key in keys
            where algorithm.StartsWith("RSA", StringComparison.Ordinal) == (key == keys[0])
            from content in EncryptionAlgorithms.Content
            select (Algorithm: algorithm, Key: key, Content: content)).ToList();

        var opened = await EncryptionKey.OpenAsync([.. cases.Select((c, i) => (c.Key, Jwe.Encrypt(Texts[i % 3], Public(c.Key), c.Algorithm, c.Content, i % 2 == 0 ? "JWT" : null)))]);

        Assert.That(cases, Has.Count.EqualTo((2 + 2 * 3) * 6));
        Assert.That(opened, Has.Count.EqualTo(cases.Count));
        for (var i = 0; i < cases.Count; i++)
        {
            Assert.That(opened[i].Text, Is.EqualTo(Texts[i % 3]), $"{cases[i].Algorithm} {cases[i].Content}");
            Assert.That((opened[i].Of("alg"), opened[i].Of("enc"), opened[i].Of("kid"), opened[i].Of("cty")), Is.EqualTo((cases[i].Algorithm, cases[i].Content, cases[i].Key.KeyId, i % 2 == 0 ? "JWT" : null)));
        }
    }

    [Test]
    public async Task A_long_text_comes_back_whole_and_the_same_text_never_looks_the_same()
    {
        var key = EncryptionKey.Elliptic("P-256");
        string[] tokens = [.. Enumerable.Range(0, 2).Select(_ => Jwe.Encrypt(Texts[3], Public(key), "ECDH-ES+A256KW", "A256CBC-HS512", null))];

        var opened = await key.OpenAsync(tokens[0]);

        Assert.That(opened.Text, Is.EqualTo(Texts[3]));
        Assert.That(tokens[0].Split('.').Zip(tokens[1].Split('.')).Select(pair => pair.First == pair.Second), Is.All.False);
    }

    private static JsonWebKey Public(EncryptionKey key) => new JsonWebKeySet(key.KeySet.ToJsonString()).Keys.Single();
}
