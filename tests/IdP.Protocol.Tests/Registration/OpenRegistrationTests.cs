using System.Net;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Registration;

/// <summary>RFC 7591 and RFC 7592 where everybody may register.</summary>
public sealed class OpenRegistrationTests(DatabaseKind database) : RegistrationTest(database)
{
    private const string Keys = """{"keys":[{"kty":"EC","crv":"P-256","kid":"c1","x":"F70L1KQNBAWeb8Ddn4Ow-UGoP3HSj2LsJyZK3snpB8Y","y":"Dq46cZGeV6E-5O4_dT1wkHb_Z0NOw6e8wdisPrWQKXg"}]}""";

    protected override IReadOnlyDictionary<string, string> Policy => new Dictionary<string, string> { ["Mode"] = "Open", ["MaxPerSource"] = "10000" };

    [Test]
    public async Task A_registered_app_signs_people_in_after_their_consent()
    {
        var registered = await RegisterAsync(Metadata(("grant_types", new JsonArray("authorization_code", "refresh_token"))));
        using var browser = Server.NewBrowser();
        var app = AsRelyingParty(registered);

        var consent = await browser.OpenAsync(app.NewRequest("openid profile offline_access").Url);
        consent = await browser.FollowAsync(await browser.SignInAsync(consent, TestUsers.Alice.UserName, TestUsers.Alice.Password));
        var tokens = await app.SignInAsync(browser, "openid profile offline_access", TestUsers.Alice);

        Assert.Multiple(() =>
        {
            Assert.That(registered.Status, Is.EqualTo(HttpStatusCode.Created), registered.Body);
            Assert.That(consent.Body, Does.Contain("Registered app asks for access"));
            Assert.That(tokens.RefreshToken, Is.Not.Null);
            Assert.That(Jwt.Parse(tokens.IdToken!).Text("aud"), Is.EqualTo(app.ClientId));
        });
    }

    [Test]
    public async Task The_answer_has_every_piece_of_metadata_with_the_defaults_of_the_specification()
    {
        var answer = await RegisterAsync(Metadata());

        Assert.Multiple(() =>
        {
            Assert.That(answer.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(answer.Text("client_id"), Has.Length.GreaterThanOrEqualTo(22));
            Assert.That(answer.Text("client_secret"), Has.Length.GreaterThanOrEqualTo(43));
            Assert.That(answer.Text("client_secret_expires_at"), Is.EqualTo("0"));
            Assert.That(answer.Json.GetProperty("client_id_issued_at").GetInt64(), Is.EqualTo(Server.Clock.Time.GetUtcNow().ToUnixTimeSeconds()).Within(60));
            Assert.That(answer.Text("registration_access_token"), Has.Length.EqualTo(43));
            Assert.That(answer.Text("registration_client_uri"), Is.EqualTo($"{Server.Origin.ToString().TrimEnd('/')}{Endpoint}/{answer.Text("client_id")}"));
            Assert.That(answer.Text("token_endpoint_auth_method"), Is.EqualTo("client_secret_basic"));
            Assert.That(List(answer, "grant_types"), Is.EqualTo((string[])["authorization_code"]));
            Assert.That(List(answer, "response_types"), Is.EqualTo((string[])["code"]));
            Assert.That(List(answer, "redirect_uris"), Is.EqualTo((string[])[Callback]));
            Assert.That(answer.Text("application_type"), Is.EqualTo("web"));
            Assert.That(answer.Text("id_token_signed_response_alg"), Is.EqualTo("RS256"));
            Assert.That(answer.Scope!.Split(' '), Is.EquivalentTo((string[])["openid", "profile", "email"]), "no API");
        });
    }

    [Test]
    public async Task What_was_registered_is_echoed_and_read_back()
    {
        var metadata = Metadata(
            ("token_endpoint_auth_method", "none"), ("application_type", "native"), ("redirect_uris", new JsonArray("com.example.app:/cb", "http://127.0.0.1/cb")), ("client_uri", "https://registered.example.test/"),
            ("logo_uri", "https://registered.example.test/logo.png"), ("policy_uri", "https://registered.example.test/policy"), ("tos_uri", "https://registered.example.test/tos"),
            ("initiate_login_uri", "https://registered.example.test/login"), ("contacts", new JsonArray("ops@example.test")), ("software_id", "4711"), ("software_version", "1.2"), ("jwks", JsonNode.Parse(Keys)),
            ("post_logout_redirect_uris", new JsonArray("https://registered.example.test/out")), ("frontchannel_logout_uri", "https://registered.example.test/front"), ("frontchannel_logout_session_required", true),
            ("backchannel_logout_uri", "https://registered.example.test/back"), ("backchannel_logout_session_required", true), ("id_token_signed_response_alg", "ES256"), ("default_max_age", 300),
            ("default_acr_values", new JsonArray("urn:example:strong")), ("require_pushed_authorization_requests", true), ("scope", "openid email"));

        var registered = await RegisterAsync(metadata);
        var read = await SendAsync(HttpMethod.Get, ManagementPath(registered), token: registered.Text("registration_access_token"));

        Assert.That(registered.Status, Is.EqualTo(HttpStatusCode.Created), registered.Body);
        Assert.That(registered.Text("client_secret"), Is.Null, "a public client has no secret");
        foreach (var (name, value) in metadata)
            Assert.Multiple(() =>
            {
                Assert.That(JsonNode.DeepEquals(JsonNode.Parse(registered.Json.GetProperty(name).GetRawText()), value), Is.True, $"{name} in the answer: {registered.Text(name)}");
                Assert.That(JsonNode.DeepEquals(JsonNode.Parse(read.Json.GetProperty(name).GetRawText()), value), Is.True, $"{name} read back: {read.Text(name)}");
            });
        Assert.That(read.Text("registration_access_token"), Is.EqualTo(registered.Text("registration_access_token")));
    }

    [Test]
    public async Task Only_hashes_of_the_secret_and_of_the_registration_token_are_stored()
    {
        var registered = await RegisterAsync(Metadata());

        var stored = await Server.WithDatabaseAsync(db => db.Clients.AsNoTracking().Include(c => c.ClientSecrets).SingleAsync(c => c.ClientId == registered.Text("client_id")));

        var secret = stored.ClientSecrets.Single();
        Assert.Multiple(() =>
        {
            Assert.That(secret.Hash, Does.StartWith("sha256$").And.Not.Contain(registered.Text("client_secret")!));
            Assert.That(secret.ProtectedValue, Is.Null);
            Assert.That(stored.RegistrationAccessTokenHash, Is.Not.Null.And.Not.EqualTo(registered.Text("registration_access_token")));
        });
    }

    [Test]
    public async Task The_audit_log_says_that_the_client_registered_itself()
    {
        var registered = await RegisterAsync(Metadata());

        var entry = await Server.WithDatabaseAsync(db => db.AuditEntries.AsNoTracking().SingleAsync(e => e.TargetId == registered.Text("client_id")));

        Assert.That((entry.Action, entry.Source, entry.ActorId), Is.EqualTo(("client.registered", "registration", (Guid?)null)));
        Assert.That(entry.RemoteAddress, Is.Not.Null);
    }

    [TestCase("redirect_uris", "[\"https://registered.example.test/cb#fragment\"]", "invalid_redirect_uri")]
    [TestCase("redirect_uris", "[\"javascript:alert(1)\"]", "invalid_redirect_uri")]
    [TestCase("redirect_uris", "[\"data:text/html,x\"]", "invalid_redirect_uri")]
    [TestCase("redirect_uris", "[\"http://registered.example.test/cb\"]", "invalid_redirect_uri")]
    [TestCase("redirect_uris", "[\"https://*.example.test/cb\"]", "invalid_redirect_uri")]
    [TestCase("redirect_uris", "[\"com.example.app:/cb\"]", "invalid_redirect_uri")]
    [TestCase("redirect_uris", "[\"https://\u00ad\"]", "invalid_redirect_uri")]
    [TestCase("redirect_uris", "[\"//\u202e\"]", "invalid_redirect_uri")]
    [TestCase("redirect_uris", "[\"https://\u00ad\",\"//\u202e\"],\"subject_type\":\"pairwise\",\"grant_types\":[\"implicit\"],\"response_types\":[\"id_token\"]", "invalid_client_metadata")]
    [TestCase("redirect_uris", "[]", "invalid_redirect_uri")]
    [TestCase("redirect_uris", "null", "invalid_redirect_uri")]
    [TestCase("redirect_uris", "\"https://registered.example.test/cb\"", "invalid_client_metadata")]
    [TestCase("redirect_uris", "[7]", "invalid_client_metadata")]
    [TestCase("grant_types", "[\"authorization_code\",\"urn:example:unknown\"]", "invalid_client_metadata")]
    [TestCase("grant_types", "[\"authorization_code\",\"client_credentials\"]", "invalid_client_metadata")]
    [TestCase("grant_types", "[]", "invalid_client_metadata")]
    [TestCase("grant_types", "[\"hybrid\"]", "invalid_client_metadata")]
    [TestCase("response_types", "[\"id_token\"]", "invalid_client_metadata")]
    [TestCase("response_types", "[\"code\",\"magic\"]", "invalid_client_metadata")]
    [TestCase("response_types", "[\"code none\"]", "invalid_client_metadata")]
    [TestCase("token_endpoint_auth_method", "\"tls_client_auth\"", "invalid_client_metadata")]
    [TestCase("token_endpoint_auth_method", "[\"none\"]", "invalid_client_metadata")]
    [TestCase("application_type", "\"desktop\"", "invalid_client_metadata")]
    [TestCase("jwks", "\"keys\"", "invalid_client_metadata")]
    [TestCase("jwks", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}", "invalid_client_metadata")]
    [TestCase("jwks_uri", "\"http://registered.example.test/keys\"", "invalid_client_metadata")]
    [TestCase("jwks_uri", "\"file:///etc/passwd\"", "invalid_client_metadata")]
    [TestCase("jwks_uri", "\"//\u202e\"", "invalid_client_metadata")]
    [TestCase("jwks_uri", "\"https://\u00ad\"", "invalid_client_metadata")]
    [TestCase("sector_identifier_uri", "\"https://\u00ad\"", "invalid_client_metadata")]
    [TestCase("logo_uri", "\"javascript:alert(1)\"", "invalid_client_metadata")]
    [TestCase("initiate_login_uri", "\"http://registered.example.test/login\"", "invalid_client_metadata")]
    [TestCase("backchannel_logout_uri", "\"gopher://registered.example.test/\"", "invalid_client_metadata")]
    [TestCase("post_logout_redirect_uris", "[\"javascript:x\"]", "invalid_client_metadata")]
    [TestCase("scope", "\"openid api.write\"", "invalid_client_metadata")]
    [TestCase("scope", "\"openid no-such-scope\"", "invalid_client_metadata")]
    [TestCase("scope", "[\"openid\"]", "invalid_client_metadata")]
    [TestCase("client_name", "\"safe\\u202Eexe\"", "invalid_client_metadata")]
    [TestCase("client_name", "\"a\\u0000b\"", "invalid_client_metadata")]
    [TestCase("client_name", "\"\\uD800\"", "invalid_client_metadata")]
    [TestCase("client_name", "{}", "invalid_client_metadata")]
    [TestCase("id_token_signed_response_alg", "\"none\"", "invalid_client_metadata")]
    [TestCase("id_token_encrypted_response_alg", "\"RSA-OAEP\"", "invalid_client_metadata")]
    [TestCase("subject_type", "\"secret\"", "invalid_client_metadata")]
    [TestCase("default_max_age", "\"300\"", "invalid_client_metadata")]
    [TestCase("default_max_age", "-1", "invalid_client_metadata")]
    [TestCase("default_max_age", "99999999999", "invalid_client_metadata")]
    [TestCase("backchannel_logout_session_required", "\"true\"", "invalid_client_metadata")]
    public async Task Metadata_that_is_not_acceptable_is_refused_by_name(string name, string value, string error)
    {
        // The raw text goes out, because a JSON library would mend lone surrogates.
        var rest = name == "redirect_uris" ? "" : $"\"redirect_uris\":[\"{Callback}\"],";

        var answer = await SendAsync(HttpMethod.Post, Endpoint, $"{{{rest}\"{name}\":{value}}}");

        AssertRefused(answer, error);
    }

    [TestCase("[]")]
    [TestCase("\"text\"")]
    [TestCase("{")]
    [TestCase("")]
    [TestCase("""{"client_name":"a","client_name":"b","redirect_uris":["https://registered.example.test/cb"]}""")]
    public async Task A_body_that_is_no_plain_object_is_refused(string body) => AssertRefused(await SendAsync(HttpMethod.Post, Endpoint, body), "invalid_client_metadata");

    [Test]
    public async Task A_body_that_is_too_long_or_too_deep_is_refused()
    {
        AssertRefused(await RegisterAsync(Metadata(("x", new string('x', 70_000)))), "invalid_client_metadata");
        AssertRefused(await SendAsync(HttpMethod.Post, Endpoint, string.Concat(Enumerable.Repeat("{\"a\":", 5000)) + "1" + new string('}', 5000)), "invalid_client_metadata");
        AssertRefused(await RegisterAsync(Metadata(("redirect_uris", new JsonArray([.. Enumerable.Range(0, 101).Select(i => (JsonNode)$"https://registered.example.test/{i}")])))), "invalid_client_metadata");
    }

    [Test]
    public async Task Key_sets_by_value_and_by_address_exclude_each_other() =>
        AssertRefused(await RegisterAsync(Metadata(("jwks", JsonNode.Parse(Keys)), ("jwks_uri", "https://registered.example.test/keys"))), "invalid_client_metadata");

    [Test]
    public async Task Members_nobody_knows_and_empty_ones_are_ignored()
    {
        var answer = await RegisterAsync(Metadata(("client_name#ja", "アプリ"), ("request_uris", new JsonArray("https://a.example/x")), ("unheard_of", new JsonObject()), ("logo_uri", null)));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Created), answer.Body);
        Assert.That(answer.Text("unheard_of"), Is.Null);
    }

    [TestCase("text/plain")]
    [TestCase("application/x-www-form-urlencoded")]
    public async Task Another_content_type_is_refused(string contentType) =>
        AssertRefused(await SendAsync(HttpMethod.Post, Endpoint, Metadata().ToJsonString(), contentType: contentType), "invalid_client_metadata", HttpStatusCode.UnsupportedMediaType);

    [Test]
    public async Task Another_method_is_refused() => Assert.That((await SendAsync(HttpMethod.Get, Endpoint)).Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed));

    [Test]
    public async Task Discovery_names_the_endpoint()
    {
        var discovery = await SendAsync(HttpMethod.Get, "/.well-known/openid-configuration");

        Assert.That(discovery.Text("registration_endpoint"), Is.EqualTo(Server.Origin.ToString().TrimEnd('/') + Endpoint));
    }

    [Test]
    public async Task A_client_replaces_its_metadata_and_keeps_what_an_administrator_decided()
    {
        var registered = await RegisterAsync(Metadata(("contacts", new JsonArray("ops@example.test"))));
        await Server.WithDatabaseAsync(async db => await db.Clients.Where(c => c.ClientId == registered.Text("client_id"))
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.AccessTokenLifetime, 77).SetProperty(x => x.Description, "checked").SetProperty(x => x.RequireConsent, false).SetProperty(x => x.AssignmentRequired, true)));
        var wanted = Metadata(("client_id", registered.Text("client_id")), ("client_secret", registered.Text("client_secret")), ("client_name", "New name"), ("redirect_uris", new JsonArray("https://registered.example.test/new")));

        var answer = await SendAsync(HttpMethod.Put, ManagementPath(registered), wanted.ToJsonString(), registered.Text("registration_access_token"));

        var stored = await Server.WithDatabaseAsync(db => db.Clients.AsNoTracking().SingleAsync(c => c.ClientId == registered.Text("client_id")));
        Assert.Multiple(() =>
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
            Assert.That(answer.Text("client_name"), Is.EqualTo("New name"));
            Assert.That(List(answer, "redirect_uris"), Is.EqualTo((string[])["https://registered.example.test/new"]));
            Assert.That(answer.Text("contacts"), Is.Null, "what is left out is taken away (RFC 7592 2.2)");
            Assert.That((stored.AccessTokenLifetime, stored.Description, stored.RequireConsent, stored.AssignmentRequired), Is.EqualTo((77, "checked", false, true)));
        });
    }

    [Test]
    public async Task A_client_that_becomes_confidential_gets_a_secret_once()
    {
        var registered = await RegisterAsync(Metadata(("token_endpoint_auth_method", "none")));
        var wanted = Metadata(("client_id", registered.Text("client_id")));

        var answer = await SendAsync(HttpMethod.Put, ManagementPath(registered), wanted.ToJsonString(), registered.Text("registration_access_token"));
        var read = await SendAsync(HttpMethod.Get, ManagementPath(registered), token: registered.Text("registration_access_token"));

        Assert.That(answer.Text("client_secret"), Is.Not.Null);
        Assert.That(read.Text("client_secret"), Is.Null);
    }

    [Test]
    public async Task An_update_names_its_client_and_cannot_choose_a_secret()
    {
        var registered = await RegisterAsync(Metadata());
        var path = ManagementPath(registered);
        var token = registered.Text("registration_access_token");

        AssertRefused(await SendAsync(HttpMethod.Put, path, Metadata().ToJsonString(), token), "invalid_client_metadata");
        AssertRefused(await SendAsync(HttpMethod.Put, path, Metadata(("client_id", "web")).ToJsonString(), token), "invalid_client_metadata");
        AssertRefused(await SendAsync(HttpMethod.Put, path, Metadata(("client_id", registered.Text("client_id")), ("client_secret", "chosen-by-the-client-itself")).ToJsonString(), token), "invalid_client_metadata");
        AssertRefused(await SendAsync(HttpMethod.Put, path, Metadata(("client_id", registered.Text("client_id")), ("scope", "openid api.write")).ToJsonString(), token), "invalid_client_metadata");
    }

    [Test]
    public async Task A_deleted_client_is_gone_with_its_tokens()
    {
        var registered = await RegisterAsync(Metadata(("grant_types", new JsonArray("authorization_code", "refresh_token"))));
        using var browser = Server.NewBrowser();
        var app = AsRelyingParty(registered);
        var tokens = await app.SignInAsync(browser, "openid offline_access", TestUsers.Alice);

        var deleted = await SendAsync(HttpMethod.Delete, ManagementPath(registered), token: registered.Text("registration_access_token"));
        var again = await SendAsync(HttpMethod.Get, ManagementPath(registered), token: registered.Text("registration_access_token"));
        var refreshed = await app.RefreshAsync(tokens.RefreshToken!);

        Assert.Multiple(() =>
        {
            Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(refreshed.Error, Is.EqualTo("invalid_client"));
        });
    }

    [Test]
    public async Task The_token_of_one_client_opens_no_other_and_nobody_learns_which_clients_exist()
    {
        var (mine, other) = (await RegisterAsync(Metadata()), await RegisterAsync(Metadata()));
        var token = mine.Text("registration_access_token");

        var foreign = await SendAsync(HttpMethod.Get, ManagementPath(other), token: token);
        var ordinary = await SendAsync(HttpMethod.Get, Endpoint + "/web", token: token);
        var unknown = await SendAsync(HttpMethod.Delete, Endpoint + "/no-such-client", token: token);
        var bare = await SendAsync(HttpMethod.Get, ManagementPath(mine));
        var basic = await SendAsync(HttpMethod.Get, ManagementPath(mine), token: token, scheme: "Basic");

        Assert.Multiple(() =>
        {
            foreach (var answer in (TokenAnswer[])[foreign, ordinary, unknown, bare, basic]) AssertRefused(answer, "invalid_token", HttpStatusCode.Unauthorized);
            Assert.That((ordinary.Body, unknown.Body), Is.EqualTo((foreign.Body, foreign.Body)));
            Assert.That(foreign.Headers.WwwAuthenticate.ToString(), Does.Contain("invalid_token"));
            Assert.That(bare.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
        });
    }

    [Test]
    public async Task A_disabled_client_cannot_change_itself()
    {
        var registered = await RegisterAsync(Metadata());
        await Server.WithDatabaseAsync(async db =>
        {
            (await db.Clients.SingleAsync(c => c.ClientId == registered.Text("client_id"))).Enabled = false;
            return await db.SaveChangesAsync();
        });

        var answer = await SendAsync(HttpMethod.Delete, ManagementPath(registered), token: registered.Text("registration_access_token"));

        AssertRefused(answer, "access_denied", HttpStatusCode.Forbidden);
    }

    [Test]
    public async Task A_made_up_initial_access_token_is_refused_even_where_none_is_needed() =>
        AssertRefused(await RegisterAsync(Metadata(), new string('x', 43)), "invalid_token", HttpStatusCode.Unauthorized);

    [Test]
    public async Task A_client_that_another_node_has_deleted_cannot_be_managed_any_more()
    {
        var registered = await RegisterAsync(Metadata());
        var (path, token, id) = (ManagementPath(registered), registered.Text("registration_access_token"), registered.Text("client_id")!);
        await Server.WithDatabaseAsync(db => db.Clients.Where(client => client.ClientId == id).ExecuteDeleteAsync()); // behind the back of this node's catalog

        AssertRefused(await SendAsync(HttpMethod.Put, path, Metadata(("client_id", id)).ToJsonString(), token), "invalid_token", HttpStatusCode.Unauthorized);
        Assert.That((int)(await SendAsync(HttpMethod.Delete, path, null, token)).Status, Is.AnyOf(204, 401));
    }

    [Test]
    public async Task An_app_in_the_browser_may_call_the_token_endpoint_from_its_origin()
    {
        var registered = await RegisterAsync(Metadata(("token_endpoint_auth_method", "none")));
        using var request = new HttpRequestMessage(HttpMethod.Options, "/connect/token") { Headers = { { "Origin", "https://registered.example.test" }, { "Access-Control-Request-Method", "POST" } } };

        using var answer = await Server.NewHttpClient().SendAsync(request);

        Assert.That(registered.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(answer.Headers.GetValues("Access-Control-Allow-Origin"), Is.EqualTo((string[])["https://registered.example.test"]));
    }
}
