using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Access;
using IdP.Registration;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Registration;

/// <summary>What the tests of dynamic registration share.</summary>
public abstract class RegistrationTest(DatabaseKind database) : ServerTest(database)
{
    protected const string Endpoint = "/connect/dcr";
    protected const string Callback = "https://registered.example.test/cb";

    /// <summary>Settings of the section <c>DynamicRegistration</c>.</summary>
    protected abstract IReadOnlyDictionary<string, string> Policy { get; }

    protected override ServerSettings Settings => new(Database) { More = Policy.ToDictionary(setting => "DynamicRegistration:" + setting.Key, setting => setting.Value) };

    protected static JsonObject Metadata(params (string Name, JsonNode? Value)[] members)
    {
        var metadata = new JsonObject { ["client_name"] = "Registered app", ["redirect_uris"] = new JsonArray(Callback) };
        foreach (var (name, value) in members) metadata[name] = value?.DeepClone();
        return metadata;
    }

    protected Task<TokenAnswer> RegisterAsync(JsonNode metadata, string? token = null) => SendAsync(HttpMethod.Post, Endpoint, metadata.ToJsonString(), token);

    protected async Task<TokenAnswer> SendAsync(HttpMethod method, string path, string? body = null, string? token = null, string contentType = "application/json", string scheme = "Bearer")
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } };
        if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", scheme + " " + token);
        return await TokenAnswer.ReadAsync(await Server.NewHttpClient().SendAsync(request));
    }

    protected static string ManagementPath(TokenAnswer registered) => new Uri(registered.Text("registration_client_uri")!).AbsolutePath; // every registration has one

    protected RelyingParty AsRelyingParty(TokenAnswer registered) => Server.NewRelyingParty(new TestClient(registered.Text("client_id")!, registered.Text("client_secret"), Callback)); // every registration has an id

    protected async Task<IssuedToken> NewTokenAsync(int? uses = null, DateTimeOffset? expiresAt = null, string[]? grantTypes = null, string[]? scopes = null)
    {
        await using var scope = Server.Services.CreateAsyncScope();
        var outcome = await scope.ServiceProvider.GetRequiredService<CreateInitialAccessToken>().ExecuteAsync("For a test", uses, expiresAt, grantTypes ?? [], scopes ?? [], CancellationToken.None);
        return outcome.Value ?? throw new InvalidOperationException(outcome.Failure?.Message);
    }

    protected static string[] List(TokenAnswer answer, string name) => [.. answer.Json.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)]; // lists of strings

    protected static void AssertRefused(TokenAnswer answer, string error, HttpStatusCode status = HttpStatusCode.BadRequest) => Assert.Multiple(() =>
    {
        Assert.That(answer.Status, Is.EqualTo(status), answer.Body);
        Assert.That(answer.Error, Is.EqualTo(error), answer.Body);
        Assert.That(answer.Text("error_description"), Is.Not.Empty);
        Assert.That(answer.Text("client_id"), Is.Null);
    });
}
