namespace IdP.Testing;

public sealed record TestClient(string ClientId, string? Secret = null, string? RedirectUri = null, string? PostLogoutRedirectUri = null);

/// <summary>The clients of <c>configuration.json</c>.</summary>
public static class TestClients
{
    /// <summary>Confidential, basic authentication, no consent, refresh tokens, JWT access tokens.</summary>
    public static readonly TestClient Web = new("web", "web-secret", "https://web.example.test/cb", "https://web.example.test/out");

    /// <summary>As <see cref="Web"/>, but asks for consent that can be remembered.</summary>
    public static readonly TestClient Consenting = new("consenting", "consenting-secret", "https://consenting.example.test/cb");

    /// <summary>Public, in the browser, refresh tokens.</summary>
    public static readonly TestClient Spa = new("spa", null, "https://spa.example.test/cb", "https://spa.example.test/out");

    /// <summary>Reference access tokens.</summary>
    public static readonly TestClient Opaque = new("opaque", "opaque-secret", "https://opaque.example.test/cb");

    /// <summary>ID tokens signed with ES256.</summary>
    public static readonly TestClient Elliptic = new("elliptic", "elliptic-secret", "https://elliptic.example.test/cb");

    /// <summary>Client credentials only.</summary>
    public static readonly TestClient Machine = new("machine", "machine-secret");

    /// <summary>The API <c>urn:test:api</c>, which introspects.</summary>
    public static readonly TestClient Api = new("urn:test:api", "api-secret");
}

/// <summary>The users of <c>configuration.json</c>.</summary>
public static class TestUsers
{
    public static readonly TestUser Alice = new("alice", "Correct-Horse-7-Battery");

    public static readonly TestUser Bob = new("bob", "Correct-Horse-8-Battery");

    /// <summary>Owner: may do everything in the console.</summary>
    public static readonly TestUser Root = new("root", "Correct-Horse-9-Battery");

    /// <summary>Disabled.</summary>
    public static readonly TestUser Carol = new("carol", "Correct-Horse-6-Battery");
}
