using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using IdP.Tests.SignIn;
using IdP.Users;

namespace IdP.Tests.AccountApi;

/// <summary>Apps that may use the account API, as the tests play them.</summary>
internal static class AccountApps
{
    public static readonly TestClient Manager = new("manager", "manager-secret", "https://manager.example.test/cb");

    /// <summary>Reference tokens.</summary>
    public static readonly TestClient Opaque = new("opaque-manager", "manager-secret", "https://opaque-manager.example.test/cb");

    /// <summary>Subjects of its own.</summary>
    public static readonly TestClient Pairwise = new("pairwise-manager", "manager-secret", "https://pairwise-manager.example.test/cb");

    public const string Read = "openid idp.account.read", Write = "openid idp.account.read idp.account.write", Origin = "https://manager.example.test";

    /// <summary>For a configuration file.</summary>
    public const string Configuration = """
        { "clients": [
          { "clientId": "manager", "clientName": "Account manager", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "manager-secret" }], "allowOfflineAccess": true,
            "allowedGrantTypes": ["authorization_code", "client_credentials"], "redirectUris": ["https://manager.example.test/cb"], "allowedCorsOrigins": ["https://manager.example.test"],
            "allowedScopes": ["openid", "profile", "api.read", "idp.account.read", "idp.account.write"], "requireConsent": false },
          { "clientId": "opaque-manager", "clientName": "Account manager with handles", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "manager-secret" }], "accessTokenType": "reference",
            "allowedGrantTypes": ["authorization_code", "client_credentials"], "redirectUris": ["https://opaque-manager.example.test/cb"], "allowedScopes": ["openid", "idp.account.read", "idp.account.write"], "requireConsent": false },
          { "clientId": "pairwise-manager", "clientName": "Account manager that knows people by its own names", "tokenEndpointAuthMethod": "client_secret_basic", "clientSecrets": [{ "value": "manager-secret" }], "subjectType": "pairwise",
            "allowedGrantTypes": ["authorization_code"], "redirectUris": ["https://pairwise-manager.example.test/cb"], "allowedScopes": ["openid", "idp.account.read", "idp.account.write"], "requireConsent": false }
        ] }
        """;

    /// <summary>Signs the person in and asks for a token for the account API.</summary>
    public static async Task<string> AccountTokenAsync(this ServerUnderTest server, User person, string scope = Write, TestClient? client = null, BrowserClient? browser = null) =>
        (await server.NewRelyingParty(client ?? Manager).SignInAsync(browser ?? server.NewBrowser(), scope, new(person.UserName!, People.Password))).AccessToken!; // expected by then

    /// <summary>One call.</summary>
    public static async Task<ApiAnswer> CallAsync(this ServerUnderTest server, string? token, HttpMethod method, string path, object? body = null, Action<HttpRequestMessage>? adapt = null)
    {
        using var request = new HttpRequestMessage(method, "/api/v1/me" + path);
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        if (body is string raw) request.Content = new StringContent(raw, new MediaTypeHeaderValue("application/json"));
        else if (body is not null) request.Content = JsonContent.Create(body);
        adapt?.Invoke(request);
        using var response = await server.NewHttpClient().SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        JsonElement json = default;
        if (text.Length > 0 && response.Content.Headers.ContentType?.MediaType is "application/json" or "application/problem+json")
        {
            using var document = JsonDocument.Parse(text);
            json = document.RootElement.Clone();
        }
        return new ApiAnswer(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType, json);
    }
}

internal sealed record ApiAnswer(HttpStatusCode Status, HttpResponseHeaders Headers, string? MediaType, JsonElement Json)
{
    public string Challenge => string.Join(", ", Headers.WwwAuthenticate);

    public string? Code => Text("code");

    /// <summary>Status and code of a refusal, which must be problem details.</summary>
    public (HttpStatusCode, string?) Refusal => MediaType == "application/problem+json" ? (Status, Code) : throw new InvalidOperationException($"No problem details, but {(int)Status} {MediaType} {Json}");

    public string? Text(string name) => Json.ValueKind is JsonValueKind.Object && Json.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value.ToString() : null;

    public IReadOnlyList<JsonElement> List(string name) => [.. Json.GetProperty(name).EnumerateArray()];
}
