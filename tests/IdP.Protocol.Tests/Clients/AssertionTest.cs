namespace IdP.Protocol.Tests.Clients;

/// <summary>A fixture of clients that authenticate with assertions.</summary>
public abstract class AssertionTest(DatabaseKind database) : ServerTest(database)
{
    protected const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    protected string Origin => Server.Origin.GetLeftPart(UriPartial.Authority);

    protected long Now => Server.Clock.Time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>A machine client with the given properties besides.</summary>
    protected static string Machine(string clientId, string properties) =>
        $$"""{ "clientId": "{{clientId}}", "allowedGrantTypes": ["client_credentials"], "allowedScopes": ["api.read"], {{properties}} }""";

    /// <summary>The claims of a good assertion of this client; one given again replaces it, with null removes it.</summary>
    protected Dictionary<string, object?> Claims(string clientId, params (string Name, object? Value)[] changes)
    {
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = clientId,
            ["sub"] = clientId,
            ["aud"] = Origin,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = Now,
            ["exp"] = Now + 60,
        };
        foreach (var (name, value) in changes)
            if (value is null) claims.Remove(name);
            else claims[name] = value;
        return claims;
    }

    /// <summary>Client credentials with this assertion.</summary>
    protected Task<TokenAnswer> TokenAsync(string assertion, params (string Name, string Value)[] more) =>
        PostAsync("/connect/token", assertion, [("grant_type", "client_credentials"), ("scope", "api.read"), .. more]);

    protected async Task<TokenAnswer> PostAsync(string path, string assertion, params (string Name, string Value)[] more)
    {
        using var http = Server.NewHttpClient();
        using var form = new FormUrlEncodedContent([new("client_assertion_type", AssertionType), new("client_assertion", assertion), .. more.Select(pair => KeyValuePair.Create(pair.Name, pair.Value))]);
        return await TokenAnswer.ReadAsync(await http.PostAsync(path, form));
    }

    protected static void AssertRefused(TokenAnswer answer, string? because = null)
    {
        Assert.That(((int)answer.Status, answer.Error), Is.EqualTo((401, "invalid_client")), answer.Body);
        Assert.That(answer.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme), Has.Member("Basic"));
        if (because is not null) Assert.That(answer.Text("error_description"), Does.Contain(because));
    }

    protected static string Configuration(params string[] clients) => TestConfiguration.With($$"""{ "clients": [{{string.Join(',', clients)}}] }""");
}
