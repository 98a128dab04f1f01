using IdP.Protocol.Logout;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Logout;

/// <summary>A server with apps that listen to sign-outs, and people of their own for each test.</summary>
public abstract class LogoutTest(DatabaseKind database) : ServerTest(database)
{
    private const string Password = "Correct-Horse-7-Battery";

    protected LogoutReceiver Apps { get; } = new();

    /// <summary>More clients as JSON objects, each after a comma.</summary>
    protected virtual string MoreClients => "";

    protected virtual IReadOnlyDictionary<string, string> MoreSettings => new Dictionary<string, string>();

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            { "clients": [
              {{Client("told")}}, {{Client("also-told")}}, {{ClientAt("deaf", null)}}{{MoreClients}}
            ] }
            """),
        More = MoreSettings,
    };

    [OneTimeSetUp]
    public Task StartAppsAsync() => Apps.StartAsync();

    [OneTimeTearDown]
    public async Task StopAppsAsync() => await Apps.DisposeAsync();

    /// <summary>An app that listens at the path of its name.</summary>
    protected string Client(string name, string? more = null) => ClientAt(name, Apps.UrlOf("/" + name), more);

    /// <summary>An app that listens elsewhere, or not at all.</summary>
    protected static string ClientAt(string name, string? address, string? more = null) => $$"""
        { "clientId": "{{name}}", "clientName": "App {{name}}", "clientSecrets": [{ "value": "{{name}}-secret" }], "allowedGrantTypes": ["authorization_code"], "allowOfflineAccess": true,
          "redirectUris": ["https://{{name}}.example.test/cb"], "postLogoutRedirectUris": ["https://{{name}}.example.test/out"], "allowedScopes": ["openid", "profile"]
          {{(address is null ? "" : $", \"backChannelLogoutUri\": \"{address}\"")}} {{(more is null ? "" : ", " + more)}} }
        """;

    protected RelyingParty App(string name) => Server.NewRelyingParty(new(name, name + "-secret", $"https://{name}.example.test/cb"));

    protected async Task<TestUser> NewPersonAsync()
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        var user = new User { UserName = name, NormalizedUserName = name.ToUpperInvariant(), CreatedAt = DateTimeOffset.UnixEpoch, SecurityStamp = name };
        user.PasswordHash = Server.Services.GetRequiredService<IPasswordHasher<User>>().HashPassword(user, Password);
        await Server.WithDatabaseAsync(async db =>
        {
            db.Users.Add(user);
            return await db.SaveChangesAsync();
        });
        return new TestUser(name, Password);
    }

    protected Task<Guid> IdOfAsync(TestUser person) => Server.WithDatabaseAsync(db => db.Users.Where(u => u.UserName == person.UserName).Select(u => u.Id).SingleAsync());

    /// <summary>Signs the browser out by the page that everybody has.</summary>
    protected static async Task<Page> SignOutAsync(BrowserClient browser) =>
        await browser.FollowAsync(await browser.SubmitAsync((await browser.GetAsync("/signout")).Forms.Single(f => f.Has("returnUrl")), []));

    protected Task<List<LogoutDelivery>> DeliveriesAsync(TestUser person) => Server.WithDatabaseAsync(async db =>
    {
        var subject = (await db.Users.Where(u => u.UserName == person.UserName).Select(u => u.Id).SingleAsync()).ToString();
        return await db.LogoutDeliveries.AsNoTracking().Where(d => d.Subject == subject).OrderBy(d => d.Id).ToListAsync();
    });

    /// <summary>The person's only delivery, as soon as it is as wanted.</summary>
    protected async Task<LogoutDelivery> DeliveryAsync(TestUser person, Func<LogoutDelivery, bool> isWanted)
    {
        for (var attempt = 0; ; attempt++)
        {
            var deliveries = await DeliveriesAsync(person);
            if (deliveries is [var delivery] && isWanted(delivery)) return delivery;
            if (attempt == 150) throw new TimeoutException("The deliveries are: " + string.Join("; ", deliveries.Select(d => $"{d.Status} after {d.Attempts}: {d.LastError}")));
            await Task.Delay(100);
        }
    }
}
