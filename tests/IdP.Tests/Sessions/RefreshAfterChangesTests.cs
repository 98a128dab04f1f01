using System.Net;
using IdP.Protocol.Clients;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Sessions;

/// <summary>What was true when a refresh token was made is not taken for true when it is used, also within a client's grace window.</summary>
public sealed class RefreshAfterChangesTests(DatabaseKind database) : OperationTest(database)
{
    protected override ServerSettings Settings => new(Database);

    /// <summary>A client of its own for each test, with a grace window, and a family: a used token and its successor.</summary>
    private async Task<(RelyingParty App, string Used, string Current, Guid Person)> SignInAsync()
    {
        var name = NewName("changing");
        await WriteAsync(db => db.Clients.Add(new Client
        {
            ClientId = name, TokenEndpointAuthMethod = "none", AllowedGrantTypes = ["authorization_code"], AllowOfflineAccess = true, RefreshTokenReuseGrace = 60,
            RedirectUris = [$"https://{name}.example.test/cb"], AllowedScopes = ["openid", "api.read"],
        }));
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(new TestClient(name, null, $"https://{name}.example.test/cb"));
        var used = (await app.SignInAsync(browser, "openid api.read offline_access", TestUsers.Bob)).RefreshToken!;
        var current = (await app.RefreshAsync(used)).Expected().RefreshToken!;
        return (app, used, current, await ReadAsync(db => db.Users.Where(user => user.UserName == TestUsers.Bob.UserName).Select(user => user.Id).SingleAsync()));
    }

    private Task ChangeAsync(RelyingParty app, Action<Client> change) => WriteAsync(db => change(db.Clients.Single(client => client.ClientId == app.ClientId)));

    private static async Task AssertRefusedAsync(RelyingParty app, string used, string current, string errors = "invalid_grant")
    {
        foreach (var token in new[] { used, current })
        {
            var answer = await app.RefreshAsync(token);
            Assert.That(answer.Error, Is.AnyOf([.. errors.Split(',')]), answer.Body);
            Assert.That((answer.AccessToken, answer.RefreshToken), Is.EqualTo(((string?)null, (string?)null)));
        }
    }

    [Test]
    public async Task After_the_person_was_disabled_nothing_is_refreshed()
    {
        var (app, used, current, person) = await SignInAsync();

        await SucceedAsync((DisableUser disable) => disable.ExecuteAsync(person, "left", CancellationToken.None));

        await AssertRefusedAsync(app, used, current);
        await SucceedAsync((EnableUser enable) => enable.ExecuteAsync(person, CancellationToken.None));
        await AssertRefusedAsync(app, used, current);
    }

    [Test]
    public async Task After_the_grant_was_revoked_and_the_server_restarted_nothing_is_refreshed()
    {
        var (app, used, current, _) = await SignInAsync();

        (await app.RevokeAsync(current)).Expected();
        await Server.RestartAsync();

        await AssertRefusedAsync(app, used, current);
    }

    [Test]
    public async Task A_disabled_client_refreshes_nothing()
    {
        var (app, used, current, _) = await SignInAsync();

        await ChangeAsync(app, client => client.Enabled = false);

        await AssertRefusedAsync(app, used, current, "invalid_client,invalid_grant");
    }

    [Test]
    public async Task A_client_that_lost_its_refresh_tokens_refreshes_nothing()
    {
        var (app, used, current, _) = await SignInAsync();

        await ChangeAsync(app, client => client.AllowOfflineAccess = false);

        await AssertRefusedAsync(app, used, current, "unauthorized_client,invalid_grant");
    }

    [Test]
    public async Task A_scope_taken_from_the_client_is_in_no_new_access_token()
    {
        var (app, used, current, _) = await SignInAsync();

        await ChangeAsync(app, client => client.AllowedScopes = ["openid"]);

        Assert.That(Jwt.Parse((await app.RefreshAsync(used)).Expected().AccessToken!).Text("scope")!.Split(' '), Does.Not.Contain("api.read"));
        Assert.That(Jwt.Parse((await app.RefreshAsync(current)).Expected().AccessToken!).Text("scope")!.Split(' '), Does.Not.Contain("api.read"));
    }

    [Test]
    public async Task A_window_that_was_closed_since_ends_the_family_of_a_used_token()
    {
        var (app, used, current, _) = await SignInAsync();

        await ChangeAsync(app, client => client.RefreshTokenReuseGrace = 0);

        await AssertRefusedAsync(app, used, current);
    }

    [Test]
    public async Task After_a_password_reset_nothing_is_refreshed()
    {
        var (app, used, current, person) = await SignInAsync();
        var hash = await ReadAsync(db => db.Users.Where(user => user.Id == person).Select(user => user.PasswordHash).SingleAsync());

        await SucceedAsync((ResetPassword reset) => reset.ExecuteAsync(person, CancellationToken.None));

        await AssertRefusedAsync(app, used, current);
        await Server.WithDatabaseAsync(db => db.Users.Where(user => user.Id == person).ExecuteUpdateAsync(user => user.SetProperty(x => x.PasswordHash, hash).SetProperty(x => x.MustChangePassword, false)));
    }

    [Test]
    public async Task A_clock_set_back_makes_no_used_token_new_again()
    {
        var (app, used, current, _) = await SignInAsync();
        await Server.WithDatabaseAsync(db => db.Tokens.Where(token => token.RedeemedAt != null).ExecuteUpdateAsync(token => token.SetProperty(x => x.RedeemedAt, x => Server.Clock.Time.GetUtcNow().AddHours(1))));

        var again = await app.RefreshAsync(used);

        Assert.That((again.Status, again.RefreshToken), Is.EqualTo((HttpStatusCode.OK, current)), "still its one successor");
    }
}
