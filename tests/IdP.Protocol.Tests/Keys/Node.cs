using System.Security.Cryptography;
using System.Text.Json;
using IdP.Data;
using IdP.Protocol.Clients;
using IdP.Protocol.Keys;
using IdP.Protocol.Resources;
using IdP.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace IdP.Protocol.Tests.Keys;

/// <summary>One of several servers on one database, all under one clock that stands still until a test moves it.</summary>
internal sealed class Node : IAsyncDisposable
{
    public const string ClientId = "service";
    public const string Scope = "things";
    private const string Api = "urn:things";
    private const string ClientSecret = "a secret for the tests of keys";

    public static readonly string Secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private Node(WebApplication app, int port) => (_app, _http) = (app, TestHttp.Create(new Uri($"http://localhost:{port}")));

    public IServiceProvider Services => _app.Services;

    public KeyRotation Keys => Services.GetRequiredService<KeyRotation>();

    /// <summary>Built, checked by nobody yet and not listening.</summary>
    public static Node Build(TestDatabase database, TimeProvider clock, string? secret = null, params (string Key, string Value)[] more)
    {
        var port = LoopbackPort.Free();
        (string Key, string Value)[] settings =
        [
            ("urls", $"http://localhost:{port}"), ("contentRoot", AppContext.BaseDirectory), ("environment", "Testing"), ("Issuer", "https://id.example.test"),
            ("Database:Provider", database.Kind.ToString()), ("ConnectionStrings:IdP", database.ConnectionString), ("KeyProtection:Secret", secret ?? Secret), .. more,
        ];
        var app = IdpHost.Build([.. settings.Select(s => $"--{s.Key}={s.Value}")], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton(clock);
        });
        return new Node(app, port);
    }

    public static async Task<Node> StartAsync(TestDatabase database, TimeProvider clock, string? secret = null, params (string Key, string Value)[] more)
    {
        var node = Build(database, clock, secret, more);
        try
        {
            await IdpHost.StartAsync(node._app);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public static async Task MigrateAsync(TestDatabase database)
    {
        await using var node = Build(database, new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        await node.WithDatabaseAsync(async db =>
        {
            await db.Database.MigrateAsync();
            db.Add(new ApiScope { Name = Scope });
            db.Add(new ApiResource { Name = Api, Scopes = [Scope], ApiSecrets = [new ApiSecret { Hash = SecretHasher.HashChosen(ClientSecret) }] });
            db.Add(new Client
            {
                ClientId = ClientId,
                TokenEndpointAuthMethod = ClientAuthenticationMethods.ClientSecretPost,
                AllowedGrantTypes = [GrantTypes.ClientCredentials],
                AllowedScopes = [Scope],
                ClientSecrets = [new ClientSecret { Hash = SecretHasher.HashChosen(ClientSecret) }],
            });
            return await db.SaveChangesAsync();
        });
    }

    public async Task<JsonElement> KeySetAsync()
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync("/.well-known/openid-configuration/jwks"));
        return document.RootElement.Clone();
    }

    /// <summary>The keys that sign.</summary>
    public async Task<IReadOnlyList<string>> KidsAsync() =>
        [.. (await KeySetAsync()).GetProperty("keys").EnumerateArray().Where(k => k.GetProperty("use").GetString() == "sig").Select(k => k.GetProperty("kid").GetString()!).Order()];

    public async Task<string> TokenAsync() =>
        (await PostAsync("/connect/token", ClientId, ("grant_type", "client_credentials"))).Expected().AccessToken!; // required in a success

    /// <summary>What the provider itself says of a token.</summary>
    public async Task<bool> IsActiveAsync(string token) =>
        (await PostAsync("/connect/introspect", Api, ("token", token))).Expected().Json.GetProperty("active").GetBoolean();

    public static string Kid(string token) => Jwt.Parse(token).Header.GetProperty("kid").GetString()!; // every token of the provider has one

    public async Task<T> WithDatabaseAsync<T>(Func<IdpDbContext, Task<T>> act)
    {
        await using var scope = Services.CreateAsyncScope();
        return await act(scope.ServiceProvider.GetRequiredService<IdpDbContext>());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task<TokenAnswer> PostAsync(string path, string clientId, (string Name, string Value) parameter)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["client_id"] = clientId, ["client_secret"] = ClientSecret, [parameter.Name] = parameter.Value });
        return await TokenAnswer.ReadAsync(await _http.PostAsync(path, form));
    }
}
