using System.Net;
using System.Text.Json.Nodes;
using IdP.Registration;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Registration;

/// <summary>Registration with initial access tokens (RFC 7591 1.2).</summary>
public sealed class ProtectedRegistrationTests(DatabaseKind database) : RegistrationTest(database)
{
    protected override IReadOnlyDictionary<string, string> Policy => new Dictionary<string, string> { ["Mode"] = "InitialAccessToken", ["MaxPerSource"] = "10000" };

    [Test]
    public async Task Without_a_token_nobody_registers()
    {
        var bare = await RegisterAsync(Metadata());
        var wrong = await RegisterAsync(Metadata(), new string('A', 43));
        var basic = await SendAsync(HttpMethod.Post, Endpoint, Metadata().ToJsonString(), (await NewTokenAsync()).Value, scheme: "Basic");

        foreach (var answer in (TokenAnswer[])[bare, wrong, basic]) AssertRefused(answer, "invalid_token", HttpStatusCode.Unauthorized);
        Assert.That(bare.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
        Assert.That(wrong.Headers.WwwAuthenticate.ToString(), Does.Contain("invalid_token"));
    }

    [Test]
    public async Task A_token_for_one_registration_serves_exactly_one_of_twenty_at_once()
    {
        var token = await NewTokenAsync(uses: 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RegisterAsync(Metadata(), token.Value)));

        var clients = await Server.WithDatabaseAsync(db => db.Clients.CountAsync(c => c.InitialAccessTokenId == token.Token.Id));
        Assert.That(answers.Count(answer => answer.Status is HttpStatusCode.Created), Is.EqualTo(1));
        Assert.That(answers.Where(answer => answer.Status is not HttpStatusCode.Created).Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.Unauthorized).Or.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(clients, Is.EqualTo(1));
    }

    [Test]
    public async Task A_refused_registration_takes_no_use_of_the_token()
    {
        var token = await NewTokenAsync(uses: 1);

        var refused = await RegisterAsync(Metadata(("redirect_uris", new JsonArray("https://a.example/#x"))), token.Value);
        var accepted = await RegisterAsync(Metadata(), token.Value);

        Assert.That((refused.Status, accepted.Status), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.Created)));
    }

    [Test]
    public async Task An_expired_or_deleted_token_is_refused()
    {
        var expired = await NewTokenAsync(expiresAt: Server.Clock.Time.GetUtcNow().AddSeconds(1));
        var deleted = await NewTokenAsync();
        await using (var scope = Server.Services.CreateAsyncScope())
            Assert.That((await scope.ServiceProvider.GetRequiredService<DeleteInitialAccessToken>().ExecuteAsync(deleted.Token.Id, CancellationToken.None)).Failure, Is.Null);
        Server.Clock.Time.Advance(TimeSpan.FromSeconds(2));

        AssertRefused(await RegisterAsync(Metadata(), expired.Value), "invalid_token", HttpStatusCode.Unauthorized);
        AssertRefused(await RegisterAsync(Metadata(), deleted.Value), "invalid_token", HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task A_token_decides_which_grants_and_scopes_its_clients_may_have()
    {
        var token = await NewTokenAsync(grantTypes: ["client_credentials"], scopes: ["api.read"]);
        var machine = new JsonObject { ["grant_types"] = new JsonArray("client_credentials"), ["scope"] = "api.read" };

        var registered = await RegisterAsync(machine, token.Value);
        var granted = await AsRelyingParty(registered).ClientCredentialsAsync("api.read");
        var tooMuch = await RegisterAsync(new JsonObject { ["grant_types"] = new JsonArray("client_credentials"), ["scope"] = "api.read api.write" }, token.Value);
        var otherGrant = await RegisterAsync(Metadata(), token.Value);
        var uriOfNoUse = await RegisterAsync(Metadata(("grant_types", new JsonArray("client_credentials"))), token.Value);
        var publicMachine = await RegisterAsync(new JsonObject { ["grant_types"] = new JsonArray("client_credentials"), ["token_endpoint_auth_method"] = "none" }, token.Value);

        Assert.That(registered.Status, Is.EqualTo(HttpStatusCode.Created), registered.Body);
        Assert.That(granted.Expected().Scope ?? "api.read", Is.EqualTo("api.read"));
        AssertRefused(tooMuch, "invalid_client_metadata");
        AssertRefused(otherGrant, "invalid_client_metadata");
        AssertRefused(uriOfNoUse, "invalid_redirect_uri");
        AssertRefused(publicMachine, "invalid_client_metadata");
    }

    [Test]
    public async Task A_client_cannot_change_itself_beyond_the_token_it_came_with()
    {
        var token = await NewTokenAsync(uses: 1, scopes: ["openid"]);
        var registered = await RegisterAsync(Metadata(), token.Value);
        var path = ManagementPath(registered);
        var management = registered.Text("registration_access_token");
        var id = registered.Text("client_id");

        var same = await SendAsync(HttpMethod.Put, path, Metadata(("client_id", id), ("scope", "openid")).ToJsonString(), management);
        var more = await SendAsync(HttpMethod.Put, path, Metadata(("client_id", id), ("scope", "openid email")).ToJsonString(), management);

        Assert.That(same.Status, Is.EqualTo(HttpStatusCode.OK), same.Body);
        AssertRefused(more, "invalid_client_metadata");
    }

    [Test]
    public async Task The_initial_token_does_not_manage_the_client_and_its_own_token_registers_no_other()
    {
        var token = await NewTokenAsync();
        var registered = await RegisterAsync(Metadata(), token.Value);

        AssertRefused(await SendAsync(HttpMethod.Get, ManagementPath(registered), token: token.Value), "invalid_token", HttpStatusCode.Unauthorized);
        AssertRefused(await RegisterAsync(Metadata(), registered.Text("registration_access_token")), "invalid_token", HttpStatusCode.Unauthorized);
    }
}

/// <summary>Where registration is off, which is the default.</summary>
public sealed class NoRegistrationTests(DatabaseKind database) : RegistrationTest(database)
{
    protected override IReadOnlyDictionary<string, string> Policy => new Dictionary<string, string>();

    [Test]
    public async Task The_endpoint_does_not_exist_and_is_not_advertised()
    {
        var token = await NewTokenAsync();

        var register = await RegisterAsync(Metadata(), token.Value);
        var manage = await SendAsync(HttpMethod.Get, Endpoint + "/web", token: token.Value);
        var discovery = await SendAsync(HttpMethod.Get, "/.well-known/openid-configuration");

        Assert.That((register.Status, manage.Status), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
        Assert.That(discovery.Text("registration_endpoint"), Is.Null);
    }
}

/// <summary>Where one address may register three clients an hour.</summary>
public sealed class ThrottledRegistrationTests(DatabaseKind database) : RegistrationTest(database)
{
    protected override IReadOnlyDictionary<string, string> Policy => new Dictionary<string, string> { ["Mode"] = "Open", ["MaxPerSource"] = "3", ["MaxClients"] = "4" };

    [Test]
    public async Task A_source_is_stopped_for_an_hour_and_the_table_is_bounded()
    {
        var answers = new List<TokenAnswer>();
        for (var i = 0; i < 4; i++) answers.Add(await RegisterAsync(Metadata()));
        Server.Clock.Time.Advance(TimeSpan.FromMinutes(61));
        var later = await RegisterAsync(Metadata());
        var beyond = await RegisterAsync(Metadata());

        Assert.That(answers.Take(3).Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.Created));
        AssertRefused(answers[3], "temporarily_unavailable", HttpStatusCode.TooManyRequests);
        Assert.That(answers[3].Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromHours(1)));
        Assert.That(later.Status, Is.EqualTo(HttpStatusCode.Created), later.Body);
        AssertRefused(beyond, "invalid_client_metadata");
    }
}
