using System.Text;
using IdP.Access;
using IdP.Configuration;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Configuration;

public sealed class ConfigurationFileTests(DatabaseKind database) : OperationTest(database)
{
    /// <summary>A good client before and behind, so that half of a file would show.</summary>
    private const string Before = """{ "clientId": "before", "clientSecrets": [{ "value": "secret-before" }], "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["things.read"] }""";

    private static readonly TestCaseData[] Mistakes =
    [
        Mistake("$.clients[1].redirectURIs", "unknown_property", "redirectUris", Client("\"redirectURIs\": [\"https://a.example/cb\"]")),
        Mistake("$.clients[1].redirectUris[1]", "bad_redirect_uri", "Wildcards", Client("\"redirectUris\": [\"https://a.example/cb\", \"https://*.a.example/cb\"]")),
        Mistake("$.clients[1].redirectUris[0]", "bad_redirect_uri", "absolute", Client("\"redirectUris\": [\"not-a-uri\"]")),
        Mistake("$.clients[1].redirectUris[0]", "bad_redirect_uri", "fragment", Client("\"redirectUris\": [\"https://a.example/cb#f\"]")),
        Mistake("$.clients[1].redirectUris[0]", "bad_redirect_uri", "https", Client("\"redirectUris\": [\"http://a.example/cb\"]")),
        Mistake("$.clients[1].allowedScopes[0]", "unknown_scope", "nothing.read", Client("\"allowedScopes\": [\"nothing.read\"]")),
        Mistake("$.clients[1].accessTokenLifetime", "wrong_type", "whole number", Client("\"accessTokenLifetime\": \"1 hour\"")),
        Mistake("$.clients[1].accessTokenLifetime", "bad_lifetime", "86400", Client("\"accessTokenLifetime\": 86401")),
        Mistake("$.clients[1].enabled", "wrong_type", "or false", Client("\"enabled\": \"yes\"")),
        Mistake("$.clients[1].clientName", "duplicate", "twice", Client("\"clientName\": \"a\", \"clientName\": \"b\"")),
        Mistake("$.clients[1].clientId", "duplicate", "before", """{ "clientId": "before", "clientSecrets": [{ "value": "secret-before" }], "allowedGrantTypes": ["client_credentials"] }"""),
        Mistake("$.clients[1].clientSecrets", "secret_required", "secret", """{ "clientId": "app", "allowedGrantTypes": ["client_credentials"] }"""),
        Mistake("$.clients[1].clientSecrets[1].expiration", "bad_instant", "RFC 3339", Client("\"clientSecrets\": [{ \"value\": \"secret-one\" }, { \"value\": \"secret-two\", \"expiration\": \"tomorrow\" }]")),
        Mistake("$.clients[1].clientSecrets[0].hash", "hash_only", "HMAC key", Client("\"tokenEndpointAuthMethod\": \"client_secret_jwt\", \"clientSecrets\": [{ \"hash\": \"sha256$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\" }]")),
        Mistake("$.clients[1].clientSecrets[0].value", "short_secret", "48", Client("\"tokenEndpointAuthMethod\": \"client_secret_jwt\", \"tokenEndpointAuthSigningAlg\": \"HS384\", \"clientSecrets\": [{ \"value\": \"a-secret-of-no-more-than-forty-seven-characters\" }]")),
        Mistake("$.clients[1].clientSecrets", "public_client", "private_key_jwt", Client("\"tokenEndpointAuthMethod\": \"private_key_jwt\", \"jwksUri\": \"https://a.example/keys\"")),
        Mistake("$.clients[1].jwks", "keys_required", "public keys", """{ "clientId": "app", "tokenEndpointAuthMethod": "private_key_jwt", "allowedGrantTypes": ["client_credentials"] }"""),
        Mistake("$.clients[1].tokenEndpointAuthSigningAlg", "unsupported", "HS256", Client("\"tokenEndpointAuthMethod\": \"private_key_jwt\", \"tokenEndpointAuthSigningAlg\": \"HS256\", \"jwksUri\": \"https://a.example/keys\", \"clientSecrets\": []")),
        Mistake("$.clients[1]", "wrong_type", "object", "\"app\""),
        Mistake("$.clients[1].jwks", "bad_jwks", "1 to 20 keys", Client("\"jwks\": { \"keys\": [] }")),
        Mistake("$.clients[1].jwks", "wrong_type", "object is expected", Client("\"jwks\": \"keys\"")),
        Mistake("$.clients[1].backChannelLogoutUri", "bad_uri", "https", Client("\"backChannelLogoutUri\": \"http://a.example/out\"")),
        Mistake("$.clients[1].clientName", "bad_text", "", Client("\"clientName\": \"a\\u0000b\"")),
    ];

    [TestCaseSource(nameof(Mistakes))]
    public async Task A_mistake_in_a_client_is_named_by_its_path_and_nothing_is_changed(string path, string code, string word, string client)
    {
        var failure = await RefuseAsync($$"""{ "apiScopes": [{ "name": "things.read" }], "clients": [{{Before}}, {{client}}] }""");

        Assert.That(failure.All.Select(f => f.Field), Does.Contain(path));
        var one = failure.All.First(f => f.Field == path);
        Assert.That(one.Message, Does.Contain(word));
        if (code != "bad_text") Assert.That(one.Code, Is.EqualTo(code));
    }

    [TestCase("", "$", TestName = "An_empty_file_is_refused")]
    [TestCase("not json", "$", TestName = "Text_that_is_no_JSON_is_refused_with_line_and_column")]
    [TestCase("{ \"clients\": [", "$", TestName = "A_file_that_is_cut_off_is_refused")]
    [TestCase("{ /* comment */ }", "$", TestName = "Comments_are_refused")]
    [TestCase("[]", "$", TestName = "A_file_that_is_no_object_is_refused")]
    [TestCase("{ \"client\": [] }", "$.client", TestName = "An_unknown_section_is_refused")]
    [TestCase("{ \"clients\": {} }", "$.clients", TestName = "A_section_that_is_no_list_is_refused")]
    [TestCase("{ \"identityProviders\": [{ \"name\": \"google\" }] }", "$.identityProviders[0].name", TestName = "A_provider_with_a_built_in_name_is_refused")]
    [TestCase("{ \"organizations\": [{ \"name\": \"acme\", \"branding\": {} }] }", "$.organizations[0].branding", TestName = "A_property_of_a_later_version_is_refused_by_name")]
    [TestCase("{ \"users\": [{ \"userName\": \"u1\" }, { \"userName\": \"U1\" }] }", "$.users[1].userName", TestName = "User_names_are_compared_without_regard_to_case")]
    [TestCase("{ \"users\": [{ \"userName\": \"u1\", \"groups\": [\"nobody\"] }] }", "$.users[0].groups[0]", TestName = "An_unknown_group_is_refused")]
    [TestCase("{ \"users\": [{ \"userName\": \"u1\", \"password\": \"short\" }] }", "$.users[0].password", TestName = "A_weak_password_is_refused")]
    public async Task A_wrong_file_is_refused_at_the_right_place(string json, string path)
    {
        var failure = await RefuseAsync(json);

        Assert.That(failure.All.Select(f => f.Field), Does.Contain(path));
        Assert.That(failure.All.Select(f => f.Message), Has.All.Match(@"^.{10,}[.?]$"));
    }

    [Test]
    public async Task A_file_that_is_nested_too_deep_is_refused()
    {
        var failure = await RefuseAsync($$"""{ "users": [{ "userName": "deep", "claims": [{ "type": "x", "value": {{new string('[', 100)}}{{new string(']', 100)}} }] }] }""");

        Assert.That(failure.All.Single().Field, Is.EqualTo("$"));
    }

    [TestCase("{ \"groups\": [{ \"name\": \"\\ud800\" }] }", TestName = "A_lone_surrogate_is_refused")]
    [TestCase("{ \"groups\": [{ \"na\\udc00me\": \"x\" }] }", TestName = "A_lone_surrogate_in_a_name_is_refused")]
    public async Task Text_that_is_no_Unicode_is_refused(string json) => Assert.That((await RefuseAsync(json)).All.Single().Code, Is.EqualTo("bad_json"));

    [Test]
    public async Task Bytes_that_are_no_UTF8_are_refused()
    {
        byte[] json = [.. "{ \"groups\": [{ \"name\": \""u8, 0xff, .. "\" }] }"u8];

        var failure = await FailAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(json, CancellationToken.None));

        Assert.That(failure.Code, Is.EqualTo("bad_json"));
    }

    [Test]
    public async Task A_mistake_in_the_last_section_leaves_the_first_ones_undone()
    {
        var failure = await RefuseAsync("""{ "apiScopes": [{ "name": "half.applied" }], "groups": [{ "name": "half" }], "users": [{ "userName": "half" }, { "userName": "other", "email": "no address" }] }""");

        Assert.That(failure.All.Single().Field, Is.EqualTo("$.users[1].email"));
    }

    [Test]
    public async Task All_mistakes_of_a_file_are_reported_together()
    {
        var failure = await RefuseAsync("""{ "apiScopes": [{ "name": "a b" }], "clients": [{ "clientId": "x", "tokenEndpointAuthMethod": "magic", "allowedGrantTypes": [] }], "users": [{ "email": "nobody" }] }""");

        Assert.That(failure.All.Select(f => f.Field), Is.SupersetOf((string[])["$.apiScopes[0].name", "$.clients[0].tokenEndpointAuthMethod", "$.clients[0].allowedGrantTypes", "$.users[0].userName", "$.users[0].email"]));
    }

    [Test]
    public async Task A_plan_tells_and_changes_nothing_then_applying_changes_and_a_second_time_changes_nothing()
    {
        var name = NewName("twice");
        var json = File($$"""{ "clients": [{ "clientId": "{{name}}", "clientSecrets": [{ "value": "a-very-secret-value" }], "allowedGrantTypes": ["client_credentials"] }], "groups": [{ "name": "{{name}}" }] }""");
        var before = await StateAsync();

        var plan = await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.PlanAsync(json, CancellationToken.None));
        var afterPlan = await StateAsync();
        var applied = await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(json, CancellationToken.None));
        var afterApply = await StateAsync();
        var again = await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(json, CancellationToken.None));

        Assert.That(plan.Changes, Is.SupersetOf((string[])[$"client {name}: create", $"group {name}: create"]));
        Assert.That(afterPlan, Is.EqualTo(before));
        Assert.That(applied.Changes, Is.EqualTo(plan.Changes));
        Assert.That(afterApply, Is.Not.EqualTo(before));
        Assert.That(again.IsEmpty, Is.True, string.Join(", ", again.Changes));
        Assert.That(await StateAsync(), Is.EqualTo(afterApply));
    }

    [Test]
    public async Task What_a_file_does_not_name_stays_and_a_list_is_the_whole_list()
    {
        var name = NewName("keeps");
        await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(File($$"""
            { "clients": [{ "clientId": "{{name}}", "clientName": "Keeps", "tokenEndpointAuthMethod": "none", "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://a.example/1", "https://a.example/2"], "accessTokenLifetime": 120 }] }
            """), CancellationToken.None));

        var plan = await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(File($$"""{ "clients": [{ "clientId": "{{name}}", "redirectUris": ["https://a.example/2", "https://a.example/3"] }] }"""), CancellationToken.None));

        var client = await ReadAsync(db => db.Clients.SingleAsync(c => c.ClientId == name));
        Assert.That((client.ClientName, client.AccessTokenLifetime), Is.EqualTo(("Keeps", 120)));
        Assert.That(client.RedirectUris, Is.EqualTo((string[])["https://a.example/2", "https://a.example/3"]));
        Assert.That(plan.Changes.Single(), Is.EqualTo($"client {name}: redirectUris: add https://a.example/3; remove https://a.example/1"));
    }

    [Test]
    public async Task Secrets_and_passwords_appear_in_no_plan_no_log_and_no_audit_entry()
    {
        var name = NewName("quiet");
        var json = File($$"""
            { "clients": [{ "clientId": "{{name}}", "clientSecrets": [{ "value": "Not-To-Be-Seen-1", "description": "first" }], "allowedGrantTypes": ["client_credentials"] }],
              "apiResources": [{ "name": "urn:{{name}}", "apiSecrets": [{ "value": "Not-To-Be-Seen-2" }] }],
              "users": [{ "userName": "{{name}}", "password": "Not-To-Be-Seen-3" }] }
            """);

        var plan = await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.PlanAsync(json, CancellationToken.None));
        await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(json, CancellationToken.None));
        var refused = await RefuseAsync($$"""{ "clients": [{ "clientId": "{{name}}", "clientSecrets": [{ "value": "Not-To-Be-Seen-4", "hash": "Not-To-Be-Seen-5" }] }], "users": [{ "userName": "{{name}}2", "password": "Not-To-Be-Seen-6", "passwordHash": { "format": "argon2id", "value": "Not-To-Be-Seen-7" } }] }""");

        var audit = await ReadAsync(db => db.AuditEntries.AsNoTracking().ToListAsync());
        var everything = string.Join('\n', [.. plan.Changes, .. refused.All.Select(f => f.Message), .. Server.Logs.Entries.Select(entry => entry.ToString()), .. audit.Select(entry => System.Text.Json.JsonSerializer.Serialize(entry))]);
        Assert.That(everything, Does.Contain(name).And.Not.Contain("Not-To-Be-Seen"));
    }

    [Test]
    public async Task A_secret_taken_out_of_the_file_stops_working_and_one_generated_in_the_console_stays()
    {
        var name = NewName("rotates");
        string Client(string secrets) => $$"""{ "apiScopes": [{ "name": "things.rotate" }], "clients": [{ "clientId": "{{name}}", "clientSecrets": [{{secrets}}], "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["things.rotate"] }] }""";
        await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(File(Client("""{ "value": "first-secret" }, { "value": "second-secret" }""")), CancellationToken.None));
        var generated = await SucceedAsync<IdP.Clients.AddClientSecret, IdP.Clients.AddedSecret>(add => add.ExecuteAsync(name, "console", null, null, CancellationToken.None));

        await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(File(Client("""{ "value": "second-secret" }""")), CancellationToken.None));

        Assert.That((await Server.NewRelyingParty(new TestClient(name, "first-secret")).ClientCredentialsAsync("things.rotate")).Error, Is.EqualTo("invalid_client"));
        Assert.That((await Server.NewRelyingParty(new TestClient(name, "second-secret")).ClientCredentialsAsync("things.rotate")).AccessToken, Is.Not.Null);
        Assert.That((await Server.NewRelyingParty(new TestClient(name, generated.Value)).ClientCredentialsAsync("things.rotate")).AccessToken, Is.Not.Null);
    }

    [Test]
    public async Task A_password_that_attackers_know_is_refused_for_a_new_person_and_does_not_stop_a_file_whose_person_is_there()
    {
        var name = NewName("known");
        string Users(string password) => $$"""{ "users": [{ "userName": "{{name}}", "password": "{{password}}" }] }""";

        var refused = await RefuseAsync(Users("Summer2026!"));
        await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(File(Users("Quiet-Meadow-93-Compass")), CancellationToken.None));
        var again = await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(File(Users("Summer2026!")), CancellationToken.None));

        Assert.That(refused.All.Select(f => (f.Code, f.Field)), Is.EqualTo(new[] { ("password_common", "$.users[0].password") }));
        Assert.That(again.IsEmpty, Is.True);
    }

    [Test]
    public async Task Somebody_without_the_permission_cannot_apply_or_plan()
    {
        var outcome = await RunAsNobodyAsync<ConfigurationFile, Outcome<ConfigurationPlan>>(c => c.ApplyAsync(File("{}"), CancellationToken.None));
        var plan = await RunAsNobodyAsync<ConfigurationFile, Outcome<ConfigurationPlan>>(c => c.PlanAsync(File("{}"), CancellationToken.None));

        Assert.That(outcome.Failure?.Kind, Is.EqualTo(FailureKind.Forbidden));
        Assert.That(plan.Failure?.Kind, Is.EqualTo(FailureKind.Forbidden));
    }

    private static string Client(string more) =>
        $$"""{ "clientId": "app", {{(more.Contains("clientSecrets") ? "" : "\"clientSecrets\": [{ \"value\": \"secret-of-app\" }], ")}}"allowedGrantTypes": ["client_credentials"], {{more}} }""";

    private static TestCaseData Mistake(string path, string code, string word, string client) => new TestCaseData(path, code, word, client).SetArgDisplayNames(path, code, word);

    private static ReadOnlyMemory<byte> File(string json) => Encoding.UTF8.GetBytes(json);

    private async Task<Failure> RefuseAsync(string json)
    {
        var before = await StateAsync();
        var planned = await FailAsync<ConfigurationFile, ConfigurationPlan>(c => c.PlanAsync(File(json), CancellationToken.None));
        var failure = await FailAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(File(json), CancellationToken.None));
        Assert.That(await StateAsync(), Is.EqualTo(before), "Something was changed.");
        Assert.That(planned.All.Select(f => (f.Field, f.Message)), Is.EqualTo(failure.All.Select(f => (f.Field, f.Message))));
        return failure;
    }

    private Task<string> StateAsync() => ReadAsync(async db => string.Join(' ',
        await db.Clients.CountAsync(), await db.Clients.SumAsync(c => c.Version), await db.ApiScopes.CountAsync(), await db.ApiResources.CountAsync(), await db.IdentityResources.CountAsync(),
        await db.Users.CountAsync(), await db.Groups.CountAsync(), await db.Roles.CountAsync(), await db.Organizations.CountAsync(), await db.AuditEntries.CountAsync()));
}
