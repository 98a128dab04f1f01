using System.Formats.Cbor;
using IdP.Tests.SignIn;

namespace IdP.Tests.Credentials;

/// <summary>Where each new passkey must prove which model it is.</summary>
public sealed class AttestationTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly Guid Model = Guid.Parse("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"), Other = Guid.Parse("ffffffff-4b5a-6978-8796-a5b4c3d2e1f0");

    private readonly AuthenticatorMaker maker = new("Trusted Keys", Model, DateTimeOffset.UtcNow), stranger = new("Trusted Keys", Model, DateTimeOffset.UtcNow);
    private readonly string roots = Path.Combine(Path.GetTempPath(), $"roots-{Guid.NewGuid():N}.pem");

    protected override ServerSettings Settings
    {
        get
        {
            File.WriteAllText(roots, maker.RootPem);
            return new(Database) { Configuration = null, More = new Dictionary<string, string> { ["Passkeys:Attestation"] = "direct", ["Passkeys:AttestationRoots"] = roots, ["Passkeys:AllowedModels:0"] = Model.ToString() } };
        }
    }

    [OneTimeTearDown]
    public void Forget()
    {
        File.Delete(roots);
        maker.Dispose();
        stranger.Dispose();
    }

    [Test]
    public async Task A_key_is_added_when_its_maker_vouches_for_it_and_nobody_else_can()
    {
        using var right = new SoftwareAuthenticator(Server.Origin) { Model = Model, Maker = maker };
        using var alone = new SoftwareAuthenticator(Server.Origin) { Model = Model };
        using var itself = new SoftwareAuthenticator(Server.Origin) { Model = Model, SignsForItself = true };
        using var foreign = new SoftwareAuthenticator(Server.Origin) { Model = Model, Maker = stranger };
        using var disguised = new SoftwareAuthenticator(Server.Origin) { Model = Other, Maker = maker };

        foreach (var (authenticator, why) in new[] { (alone, "no attestation"), (itself, "self attestation"), (foreign, "a root of the same name") })
            Assert.That(await AddAsync(authenticator), Does.Contain("prove which model they are"), why);
        Assert.That(await AddAsync(disguised), Does.Contain("does not allow this kind of passkey"), "a model that is not on the list");
        Assert.That(await AddAsync(right), Does.Contain("Save your recovery codes"));
    }

    [Test]
    public async Task A_statement_that_is_none_vouches_for_nothing()
    {
        Action<CborWriter>[] statements =
        [
            cbor => cbor.WriteDouble(1.5), cbor => cbor.WriteNull(),
            cbor => { cbor.WriteStartMap(1); cbor.WriteTextString("alg"); cbor.WriteDouble(1.5); cbor.WriteEndMap(); },
            cbor => { cbor.WriteStartMap(1); cbor.WriteTextString("x5c"); cbor.WriteSimpleValue(CborSimpleValue.Undefined); cbor.WriteEndMap(); },
            cbor => { cbor.WriteStartMap(1); cbor.WriteTextString("x5c"); cbor.WriteStartArray(1); cbor.WriteByteString([1, 2, 3]); cbor.WriteEndArray(); cbor.WriteEndMap(); },
        ];
        foreach (var (statement, number) in statements.Select((statement, number) => (statement, number)))
        {
            using var authenticator = new SoftwareAuthenticator(Server.Origin) { Model = Model, Statement = statement };
            Assert.That(await AddAsync(authenticator), Does.Contain("passkey").And.Not.Contain("Save your recovery codes").And.Contain("role=\"alert\""), $"statement {number}");
        }
    }

    [Test]
    public async Task A_certificate_for_one_model_does_not_vouch_for_another()
    {
        await using var server = await ServerUnderTest.StartAsync(new(Database) { Configuration = null, More = Settings.More.Where(pair => !pair.Key.Contains("Models", StringComparison.Ordinal)).ToDictionary() });
        using var disguised = new SoftwareAuthenticator(server.Origin) { Model = Other, Maker = maker };

        Assert.That(await AddAsync(disguised, server), Does.Contain("prove which model they are"));
    }

    [Test]
    public async Task A_certificate_that_has_ended_vouches_for_nothing()
    {
        await using var server = await ServerUnderTest.StartAsync(Settings);
        server.Clock.Advance(TimeSpan.FromDays(11));
        using var late = new SoftwareAuthenticator(server.Origin) { Model = Model, Maker = maker };

        Assert.That(await AddAsync(late, server), Does.Contain("prove which model they are"));
    }

    private async Task<string> AddAsync(SoftwareAuthenticator authenticator, ServerUnderTest? server = null)
    {
        server ??= Server;
        var person = await server.AddPersonAsync();
        using var browser = server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);
        return (await browser.AddPasskeyAsync(authenticator)).Body;
    }
}
