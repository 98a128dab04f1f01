using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Registration;

/// <summary>RFC 7591 2.3: the word of somebody who vouches for software.</summary>
public sealed class SoftwareStatementTests(DatabaseKind database) : RegistrationTest(database)
{
    private const string Vendor = "https://vendor.example.test";
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    protected override IReadOnlyDictionary<string, string> Policy => new Dictionary<string, string>
    {
        ["Mode"] = "Open", ["MaxPerSource"] = "1000", ["RequireSoftwareStatement"] = "true", ["SoftwareStatementIssuers:0:Issuer"] = Vendor, ["SoftwareStatementIssuers:0:Jwks"] = PublicKeys(),
    };

    [OneTimeTearDown]
    public void ForgetKey() => key.Dispose();

    [Test]
    public async Task What_was_signed_wins_over_what_the_request_says()
    {
        var statement = Sign(new JsonObject { ["iss"] = Vendor, ["client_name"] = "Signed name", ["software_id"] = "signed-id", ["redirect_uris"] = new JsonArray(Callback) });

        var answer = await RegisterAsync(new JsonObject { ["software_statement"] = statement, ["client_name"] = "Unsigned name", ["client_uri"] = "https://registered.example.test/" });

        Assert.Multiple(() =>
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Created), answer.Body);
            Assert.That((answer.Text("client_name"), answer.Text("software_id"), answer.Text("client_uri")), Is.EqualTo(("Signed name", "signed-id", "https://registered.example.test/")));
            Assert.That(answer.Text("software_statement"), Is.EqualTo(statement));
        });
    }

    [Test]
    public async Task A_statement_of_somebody_unknown_or_none_at_all_is_not_approved()
    {
        AssertRefused(await RegisterAsync(Metadata()), "unapproved_software_statement");
        AssertRefused(await RegisterAsync(Metadata(("software_statement", Sign(new JsonObject { ["iss"] = "https://stranger.example.test" })))), "unapproved_software_statement");
        AssertRefused(await RegisterAsync(Metadata(("software_statement", Sign(new JsonObject { ["software_id"] = "x" })))), "unapproved_software_statement");
    }

    [Test]
    public async Task A_statement_that_does_not_verify_is_invalid()
    {
        var good = Sign(new JsonObject { ["iss"] = Vendor, ["software_id"] = "x" });
        var parts = good.Split('.');
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string Unsigned(string header) => $"{Encode(header)}.{parts[1]}.";
        string Hmac()
        {
            var input = $"{Encode("""{"alg":"HS256","kid":"v1"}""")}.{parts[1]}";
            return $"{input}.{WebEncoders.Base64UrlEncode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(PublicKeys()), Encoding.ASCII.GetBytes(input)))}";
        }
        string[] bad =
        [
            $"{parts[0]}.{Encode($$"""{"iss":"{{Vendor}}","software_id":"y"}""")}.{parts[2]}", Unsigned("""{"alg":"none"}"""), Unsigned("""{"alg":"None","kid":"v1"}"""), Hmac(),
            Sign(new JsonObject { ["iss"] = Vendor }, foreign), Sign(new JsonObject { ["iss"] = Vendor, ["exp"] = Server.Clock.Time.GetUtcNow().AddMinutes(-5).ToUnixTimeSeconds() }),
            Sign(new JsonObject { ["iss"] = Vendor, ["nbf"] = Server.Clock.Time.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds() }), "a.b.c", "no-jwt", "", good + ".x.y",
        ];

        foreach (var statement in bad) AssertRefused(await RegisterAsync(Metadata(("software_statement", statement))), "invalid_software_statement");
    }

    [Test]
    public async Task A_signature_gives_no_more_than_the_policy()
    {
        var statement = Sign(new JsonObject { ["iss"] = Vendor, ["scope"] = "openid api.write" });

        AssertRefused(await RegisterAsync(Metadata(("software_statement", statement))), "invalid_client_metadata");
    }

    private string Sign(JsonObject payload, ECDsa? with = null)
    {
        var input = $"{Encode("""{"alg":"ES256","kid":"v1","typ":"JWT"}""")}.{Encode(payload.ToJsonString())}";
        return $"{input}.{WebEncoders.Base64UrlEncode((with ?? key).SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256))}";
    }

    private string PublicKeys()
    {
        var point = key.ExportParameters(false).Q;
        return $$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"v1","use":"sig","x":"{{WebEncoders.Base64UrlEncode(point.X!)}}","y":"{{WebEncoders.Base64UrlEncode(point.Y!)}}"}]}"""; // an exported point has both
    }

    private static string Encode(string text) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(text));
}
