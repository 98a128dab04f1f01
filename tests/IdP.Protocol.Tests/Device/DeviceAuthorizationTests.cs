using System.Net;
using System.Text.Json;
using IdP.Testing;
using NUnit.Framework;

namespace IdP.Protocol.Tests.Device;

/// <summary>The device authorization endpoint (RFC 8628 3.1 and 3.2).</summary>
public sealed class DeviceAuthorizationTests(DatabaseKind database) : DeviceServerTest(database)
{
    [Test]
    public async Task A_device_gets_two_codes_the_address_of_the_page_and_the_pace_of_polling()
    {
        var answer = await Server.NewRelyingParty(Tv).PostAsync("/connect/deviceauthorization", [new("scope", "openid profile")]);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(answer.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(answer.Text("device_code"), Has.Length.GreaterThanOrEqualTo(43));
            Assert.That(answer.Text("user_code"), Does.Match("^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$"));
            Assert.That(answer.Text("verification_uri"), Is.EqualTo(new Uri(Server.Origin, "/device").AbsoluteUri));
            Assert.That(answer.Text("verification_uri_complete"), Is.EqualTo($"{new Uri(Server.Origin, "/device")}?user_code={answer.Text("user_code")}"));
            Assert.That(answer.Json.GetProperty("expires_in").GetInt64(), Is.InRange(295, 300));
            Assert.That(answer.Json.GetProperty("interval").GetInt64(), Is.EqualTo(5));
        });
    }

    [Test]
    public async Task The_codes_live_as_long_as_the_client_was_registered_with()
    {
        var answer = (await Server.NewRelyingParty(Printer).PostAsync("/connect/deviceauthorization", [new("scope", "api.read")])).Expected();

        Assert.That(answer.Json.GetProperty("expires_in").GetInt64(), Is.InRange(55, 60));
    }

    [Test]
    public async Task Neither_code_is_kept_in_clear()
    {
        var started = await Server.NewRelyingParty(Tv).StartDeviceAsync("openid");

        var rows = await Server.WithDatabaseAsync(db => Task.FromResult(db.Tokens.Where(t => t.Type!.Contains("device_code") || t.Type.Contains("user_code")).Select(t => new { t.ReferenceId, t.Payload }).ToList()));

        Assert.That(rows, Is.Not.Empty);
        Assert.That(rows.Select(r => r.ReferenceId), Has.None.EqualTo(started.DeviceCode).And.None.EqualTo(started.UserCode).And.None.EqualTo(started.UserCode.Replace("-", "")));
        Assert.That(rows.Select(r => r.Payload!.Split('.').Length), Has.All.EqualTo(5), "what a code stands for is encrypted");
    }

    [Test]
    public async Task The_metadata_names_the_endpoint_and_the_grant()
    {
        using var http = Server.NewHttpClient();
        using var metadata = JsonDocument.Parse(await http.GetStringAsync("/.well-known/oauth-authorization-server"));

        Assert.That(metadata.RootElement.GetProperty("device_authorization_endpoint").GetString(), Is.EqualTo(new Uri(Server.Origin, "/connect/deviceauthorization").AbsoluteUri));
        Assert.That(metadata.RootElement.GetProperty("grant_types_supported").EnumerateArray().Select(v => v.GetString()), Does.Contain(DeviceJourney.GrantType));
    }

    [Test]
    public async Task A_scope_that_is_missing_unknown_or_not_the_clients_is_refused()
    {
        var tv = Server.NewRelyingParty(Tv);

        foreach (var scope in new[] { "", "openid nothing", "openid api.write", "openid email" })
            Assert.That((await tv.PostAsync("/connect/deviceauthorization", scope.Length == 0 ? [] : [new("scope", scope)])).Error, Is.EqualTo("invalid_scope"), scope);
    }

    [Test]
    public async Task A_client_without_the_grant_may_neither_start_nor_poll()
    {
        var web = Server.NewRelyingParty(TestClients.Web);

        Assert.That((await web.PostAsync("/connect/deviceauthorization", [new("scope", "openid")])).Error, Is.EqualTo("unauthorized_client"));
        Assert.That((await web.TokenAsync([new("grant_type", DeviceJourney.GrantType), new("device_code", "x")])).Error, Is.EqualTo("unauthorized_client").Or.EqualTo("invalid_grant"));
    }

    [Test]
    public async Task Unknown_clients_and_wrong_or_missing_secrets_are_invalid_client()
    {
        using var nobody = new RelyingParty(Server.Origin, "nobody");
        using var wrong = new RelyingParty(Server.Origin, "printer", "wrong");
        using var silent = new RelyingParty(Server.Origin, "printer");
        using var eager = new RelyingParty(Server.Origin, "tv", "a-secret-it-does-not-have");

        foreach (var party in new[] { nobody, wrong, silent, eager })
        {
            var answer = await party.PostAsync("/connect/deviceauthorization", [new("scope", "openid")]);

            Assert.That((answer.Error, answer.Text("device_code")), Is.EqualTo(("invalid_client", (string?)null)), party.ClientId);
        }
        Assert.That((await wrong.PostAsync("/connect/deviceauthorization", [new("scope", "openid")])).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Wrong_methods_wrong_content_types_repeated_and_oversized_parameters_are_refused_as_such()
    {
        using var http = Server.NewHttpClient();
        using var json = new StringContent("""{"client_id":"tv"}""", System.Text.Encoding.UTF8, "application/json");

        var get = await TokenAnswer.ReadAsync(await http.GetAsync("/connect/deviceauthorization?client_id=tv&scope=openid"));
        var asJson = await TokenAnswer.ReadAsync(await http.PostAsync("/connect/deviceauthorization", json));
        using var empty = new FormUrlEncodedContent([]);
        var nothing = await TokenAnswer.ReadAsync(await http.PostAsync("/connect/deviceauthorization", empty));
        var repeated = await Server.NewRelyingParty(Tv).PostAsync("/connect/deviceauthorization", [new("scope", "openid"), new("scope", "profile")]);
        var large = await Server.NewRelyingParty(Tv).PostAsync("/connect/deviceauthorization", [new("scope", new string('x', 40_000))]);
        var nul = await Server.NewRelyingParty(Tv).PostAsync("/connect/deviceauthorization", [new("scope", "openid\0")]);

        foreach (var answer in new[] { get, asJson, nothing, repeated, large, nul })
        {
            Assert.That((int)answer.Status, Is.InRange(400, 415), answer.Body);
            Assert.That(answer.Error, Is.AnyOf("invalid_request", "invalid_client"), answer.Body);
        }
    }
}
