using System.Net;
using System.Text.Json;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.AccountApi;

/// <summary>Who gets in to the account API, and what whoever does not is told.</summary>
public sealed class ApiDoorTests(DatabaseKind database) : ServerTest(database)
{
    private const HttpStatusCode None = HttpStatusCode.Unauthorized;

    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(AccountApps.Configuration) };

    [Test]
    public async Task Without_a_token_the_challenge_leads_to_the_metadata_of_the_API_and_a_cookie_is_nothing()
    {
        var person = await Server.AddPersonAsync();
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, People.Password);

        var refused = await Server.CallAsync(null, HttpMethod.Get, "");
        var withCookie = await browser.GetAsync("/api/v1/me");
        var address = refused.Challenge.Split('"')[1];
        using var metadata = JsonDocument.Parse(await Server.NewHttpClient().GetStringAsync(address));

        Assert.That(refused.Refusal, Is.EqualTo((None, "token_required")));
        Assert.That(refused.Challenge, Does.StartWith("Bearer resource_metadata=").And.Not.Contain("error"));
        Assert.That(withCookie.Status, Is.EqualTo(None));
        Assert.That(metadata.RootElement.GetProperty("resource").GetString(), Is.EqualTo(new Uri(Server.Origin, "/api/v1/me").AbsoluteUri));
        Assert.That(metadata.RootElement.GetProperty("scopes_supported").EnumerateArray().Select(s => s.GetString()), Is.EqualTo(new[] { "idp.account.read", "idp.account.write" }));
        Assert.That(metadata.RootElement.GetProperty("bearer_methods_supported").EnumerateArray().Select(s => s.GetString()), Is.EqualTo(new[] { "header" }));
    }

    [Test]
    public async Task A_token_opens_the_account_of_its_person_whatever_its_form_and_whatever_the_app_calls_the_person()
    {
        var person = await Server.AddPersonAsync(user => (user.Email, user.NormalizedEmail, user.EmailConfirmed, user.Locale) = ("who@example.test", "WHO@EXAMPLE.TEST", true, "de"));
        var tokens = new List<string>();
        foreach (var client in new[] { AccountApps.Manager, AccountApps.Opaque, AccountApps.Pairwise }) tokens.Add(await Server.AccountTokenAsync(person, AccountApps.Read, client));

        var answers = new List<ApiAnswer>();
        foreach (var token in tokens) answers.Add(await Server.CallAsync(token, HttpMethod.Get, ""));

        Assert.That(answers.Select(a => (a.Status, a.Text("userName"), a.Text("email"), a.Text("emailVerified"), a.Text("locale"))), Has.All.EqualTo((HttpStatusCode.OK, person.UserName, "who@example.test", "True", "de")));
        Assert.That(answers.Select(a => a.Text("sub") == person.Id.ToString()), Is.EqualTo(new[] { true, true, false }));
        Assert.That(answers[2].Text("sub"), Is.EqualTo(Jwt.Parse(tokens[2]).Text("sub")));
        Assert.That(answers[0].Headers.CacheControl?.NoStore, Is.True);
        Assert.That(answers[0].Json.ToString(), Does.Not.Contain("hash").IgnoreCase.And.Not.Contain("stamp").IgnoreCase);
    }

    [Test]
    public async Task A_call_costs_one_statement_for_the_token_and_one_for_what_it_shows()
    {
        var token = await Server.AccountTokenAsync(await Server.AddPersonAsync(), AccountApps.Read);
        await Server.CallAsync(token, HttpMethod.Get, "");

        var recording = await Server.RecordSqlAsync(() => Server.CallAsync(token, HttpMethod.Get, ""));

        Assert.That(recording.Statements, Has.Count.EqualTo(2), recording.ToString());
    }

    [Test]
    public async Task A_scope_opens_what_it_is_for_and_only_clients_that_are_allowed_it_get_it()
    {
        var person = await Server.AddPersonAsync();
        var token = await Server.AccountTokenAsync(person, AccountApps.Read);

        var refused = await Server.CallAsync(token, HttpMethod.Post, "/sessions/end-others");
        var foreign = await Server.NewRelyingParty(TestClients.Web).AuthorizeAsync(Server.NewBrowser(), AccountApps.Read, new(person.UserName!, People.Password));
        var writeOnly = await Server.CallAsync(await Server.AccountTokenAsync(person, "openid idp.account.write"), HttpMethod.Get, "/sessions");

        Assert.That(refused.Refusal, Is.EqualTo((HttpStatusCode.Forbidden, "insufficient_scope")));
        Assert.That(refused.Challenge, Does.Contain("error=\"insufficient_scope\"").And.Contain("scope=\"idp.account.write\""));
        Assert.That(foreign.Error, Is.EqualTo("invalid_scope"));
        Assert.That(writeOnly.Code, Is.EqualTo("insufficient_scope"));
    }

    [Test]
    public async Task Nothing_but_an_access_token_of_a_person_for_this_API_alone_opens_it()
    {
        var person = await Server.AddPersonAsync();
        var manager = Server.NewRelyingParty(AccountApps.Manager);
        var user = new TestUser(person.UserName!, People.Password);
        var (browser, resource) = (Server.NewBrowser(), new Uri(Server.Origin, "/api/v1/me").AbsoluteUri);
        var granted = await manager.SignInAsync(browser, "openid offline_access idp.account.read", user);
        var both = await manager.SignInAsync(browser, "openid idp.account.read api.read", user);
        var other = await manager.SignInAsync(browser, "openid api.read", user);
        var alone = (await manager.ExchangeCodeAsync(await manager.AuthorizeAsync(browser, "openid idp.account.read", user, new KeyValuePair<string, string?>("resource", resource)))).Expected();
        var machine = (await manager.ClientCredentialsAsync("idp.account.read")).Expected();
        var handle = (await Server.NewRelyingParty(AccountApps.Opaque).ClientCredentialsAsync("idp.account.read")).Expected();

        var answers = new List<ApiAnswer>();
        foreach (var token in new[] { granted.IdToken, granted.RefreshToken, both.AccessToken, other.AccessToken, machine.AccessToken, handle.AccessToken, "nonsense", granted.AccessToken![..^3] + "AAA", person.Id.ToString() })
            answers.Add(await Server.CallAsync(token, HttpMethod.Get, ""));

        Assert.That(answers.Select(a => a.Refusal), Has.All.EqualTo((None, "invalid_token")));
        Assert.That(answers.Select(a => a.Challenge), Has.All.Contains("error=\"invalid_token\"").And.All.Contains("resource_metadata="));
        Assert.That(answers[2].Text("detail"), Does.Contain("resource=" + resource));
        Assert.That((await Server.CallAsync(alone.AccessToken, HttpMethod.Get, "")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_token_in_the_address_or_twice_is_refused()
    {
        var token = await Server.AccountTokenAsync(await Server.AddPersonAsync());

        var inAddress = await Server.CallAsync(token, HttpMethod.Get, "?access_token=" + token);
        var basic = await Server.CallAsync(null, HttpMethod.Get, "", adapt: request => request.Headers.Authorization = new("Basic", "eDp4"));

        Assert.That(inAddress.Refusal, Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")));
        Assert.That(basic.Refusal, Is.EqualTo((None, "token_required")));
    }

    [Test]
    public async Task A_token_ends_with_its_time_its_revocation_its_session_and_its_person([Values(false, true)] bool reference)
    {
        var client = reference ? AccountApps.Opaque : AccountApps.Manager;
        var ends = new Dictionary<string, Func<Guid, string, Task>>
        {
            ["revoked"] = (_, token) => Server.NewRelyingParty(client).RevokeAsync(token),
            ["session"] = async (_, token) => await Server.CallAsync(token, HttpMethod.Delete, "/sessions/" + (await Server.CallAsync(token, HttpMethod.Get, "/sessions")).List("sessions")[0].GetProperty("id").GetString()),
            ["person"] = (id, _) => Server.WithDatabaseAsync(db => db.Users.Where(u => u.Id == id).ExecuteUpdateAsync(u => u.SetProperty(x => x.Enabled, false))),
        };

        var answers = new List<(string, HttpStatusCode, (HttpStatusCode, string?))>();
        foreach (var (name, end) in ends)
        {
            var person = await Server.AddPersonAsync();
            var token = await Server.AccountTokenAsync(person, AccountApps.Write, client);
            var before = await Server.CallAsync(token, HttpMethod.Get, "");
            await end(person.Id, token);
            answers.Add((name, before.Status, (await Server.CallAsync(token, HttpMethod.Get, "")).Refusal));
        }

        Assert.That(answers.Select(a => (a.Item2, a.Item3)), Has.All.EqualTo((HttpStatusCode.OK, (None, "invalid_token"))), string.Join(", ", answers));
    }

    [Test]
    public async Task Browsers_let_only_the_origins_of_the_token_s_client_in()
    {
        var token = await Server.AccountTokenAsync(await Server.AddPersonAsync());
        Task<ApiAnswer> FromAsync(string origin, HttpMethod method, Action<HttpRequestMessage>? adapt = null) => Server.CallAsync(method == HttpMethod.Options ? null : token, method, "/sessions", adapt: request =>
        {
            request.Headers.Add("Origin", origin);
            adapt?.Invoke(request);
        });
        static string? Allowed(ApiAnswer answer) => answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;

        var asked = await FromAsync(AccountApps.Origin, HttpMethod.Options, request => request.Headers.Add("Access-Control-Request-Method", "DELETE"));
        var own = await FromAsync(AccountApps.Origin, HttpMethod.Get);
        var ofAnother = await FromAsync("https://spa.example.test", HttpMethod.Get);
        var strange = await FromAsync("https://evil.example", HttpMethod.Get);
        var strangeAsked = await FromAsync("https://evil.example", HttpMethod.Options, request => request.Headers.Add("Access-Control-Request-Method", "DELETE"));

        Assert.That((asked.Status, Allowed(asked), asked.Headers.GetValues("Access-Control-Allow-Methods").Single()), Is.EqualTo((HttpStatusCode.NoContent, AccountApps.Origin, "GET, POST, PUT, PATCH, DELETE")));
        Assert.That((own.Status, Allowed(own)), Is.EqualTo((HttpStatusCode.OK, AccountApps.Origin)));
        Assert.That(own.Headers.Contains("Access-Control-Allow-Credentials"), Is.False);
        Assert.That(ofAnother.Refusal, Is.EqualTo((HttpStatusCode.Forbidden, "origin_not_allowed")));
        Assert.That((strange.Code, Allowed(strange), Allowed(strangeAsked)), Is.EqualTo(("origin_not_allowed", (string?)null, (string?)null)));
    }

    [Test]
    public async Task What_is_not_there_and_what_cannot_be_read_is_a_problem_with_a_code()
    {
        var token = await Server.AccountTokenAsync(await Server.AddPersonAsync());
        Task<ApiAnswer> PutAsync(object? body, Action<HttpRequestMessage>? adapt = null) => Server.CallAsync(token, HttpMethod.Put, "/password", body, adapt);

        Assert.That((await Server.CallAsync(token, HttpMethod.Get, "/nothing")).Refusal, Is.EqualTo((HttpStatusCode.NotFound, "not_found")));
        Assert.That((await Server.CallAsync(token, HttpMethod.Post, "")).Refusal, Is.EqualTo((HttpStatusCode.MethodNotAllowed, "method_not_allowed")));
        Assert.That((await PutAsync(null)).Refusal, Is.EqualTo((HttpStatusCode.UnsupportedMediaType, "unsupported_media_type")));
        foreach (var body in new[] { "", "{", "[]", "null", "7", """{"current":7}""", """{"current":"a","current":"b"}""", """{"current":"\ud800"}""", """{"current":{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":1}}}}}}}}}""" })
            Assert.That((await PutAsync(body)).Refusal, Is.EqualTo((HttpStatusCode.BadRequest, "invalid_json")), body);
        Assert.That((await PutAsync("""{"current":"a\u0000b"}""")).Refusal, Is.EqualTo((HttpStatusCode.BadRequest, "bad_character")));
        var unknown = await PutAsync("""{"current":"a","emailVerified":true}""");
        Assert.That((unknown.Refusal, unknown.List("errors")[0].GetProperty("field").GetString()), Is.EqualTo(((HttpStatusCode.BadRequest, "unknown_member"), "emailVerified")));
        Assert.That((await PutAsync(new string(' ', 2_000_000) + "{}")).Refusal, Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, "too_large")));
    }
}
