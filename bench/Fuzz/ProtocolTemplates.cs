namespace Fuzz;

/// <summary>Valid requests to the protocol's endpoints. A path that the server does not have (yet) is one more thing it must answer properly.</summary>
internal static class ProtocolTemplates
{
    private const string FormType = "application/x-www-form-urlencoded";
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"; // RFC 7636, appendix B

    public static IReadOnlyList<Template> All { get; } =
    [
        new("authorize", 14, (corpus, random) => Authorize(corpus, random, corpus.Person)),
        new("authorize without a session", 6, (corpus, random) => Authorize(corpus, random, sender: null)),
        new("authorize by form", 4, (corpus, random) =>
        {
            var request = Authorize(corpus, random, corpus.Person);
            (request.Method, request.ContentType, request.Form) = ("POST", FormType, [.. request.Query]);
            request.Query.Clear();
            return request;
        }),
        new("code exchange", 12, (corpus, random) =>
        {
            var code = corpus.Codes.Pick(random);
            return Post("/connect/token", code.Client, [new("grant_type", "authorization_code"), new("code", code.Code), new("redirect_uri", code.RedirectUri), new("code_verifier", code.Verifier)]);
        }),
        new("refresh", 10, (corpus, random) => Post("/connect/token", Any(random), [new("grant_type", "refresh_token"), new("refresh_token", corpus.RefreshTokens.Pick(random))])),
        new("client credentials", 10, (_, _) => Post("/connect/token", TestClients.Machine, [new("grant_type", "client_credentials"), new("scope", "api.read")])),
        new("other grants", 8, (corpus, random) => Post("/connect/token", Any(random),
        [
            new("grant_type", (string[])["password", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:openid:params:grant-type:ciba", "implicit"] is var grants ? grants[random.Next(grants.Length)] : ""),
            new("username", "nobody"), new("password", "x"), new("device_code", corpus.Codes.Pick(random).Code), new("assertion", corpus.IdTokens.Pick(random)), new("auth_req_id", "x"), new("scope", "openid api.read"),
            new("subject_token", corpus.AccessTokens.Pick(random)), new("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"), new("actor_token", corpus.AccessTokens.Pick(random)),
            new("actor_token_type", "urn:ietf:params:oauth:token-type:access_token"), new("resource", "urn:test:api"),
        ])),
        new("token exchange", 6, (corpus, random) => Post("/connect/token", new TestClient("gateway", "gateway-secret"),
        [
            new("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), new("subject_token", corpus.AccessTokens.Pick(random)), new("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            new("actor_token", corpus.AccessTokens.Pick(random)), new("actor_token_type", "urn:ietf:params:oauth:token-type:access_token"), new("scope", "api.read"), new("resource", "urn:test:api"),
        ])),
        new("device polling", 5, (corpus, random) => Post("/connect/token", new TestClient("tv"), [new("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), new("device_code", corpus.DeviceCodes.Pick(random))])),
        new("client assertion", 6, (corpus, random) => Post("/connect/token", new TestClient("hmac"),
        [
            new("grant_type", "client_credentials"), new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), new("client_assertion", HostileJwt.Signed("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "{\"iss\":\"hmac\",\"sub\":\"hmac\",\"aud\":\"" + corpus.Issuer + "\",\"jti\":\"" + random.Next() + "\",\"iat\":" + DateTimeOffset.UtcNow.ToUnixTimeSeconds() + ",\"exp\":" + (DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 120) + "}", random)),
        ])),
        new("introspect", 8, (corpus, random) => Post("/connect/introspect", random.Next(3) == 0 ? Any(random) : TestClients.Api, [new("token", corpus.AnyToken(random)), new("token_type_hint", "access_token")])),
        new("revoke", 8, (corpus, random) => Post("/connect/revocation", Any(random), [new("token", corpus.AnyToken(random)), new("token_type_hint", "refresh_token")])),
        new("userinfo", 8, (corpus, random) => Get("/connect/userinfo", headers: [new("Authorization", "Bearer " + corpus.AccessTokens.Pick(random))])),
        new("userinfo by form", 3, (corpus, random) => Send("POST", "/connect/userinfo", form: [new("access_token", corpus.AccessTokens.Pick(random))])),
        new("endsession", 5, (corpus, random) => Get("/connect/endsession", corpus.Leaver,
            [new("id_token_hint", corpus.IdTokens.Pick(random)), new("post_logout_redirect_uri", "https://web.example.test/out"), new("state", "s"), new("client_id", "web"), new("ui_locales", "de")])),
        new("endsession by form", 2, (corpus, random) => Send("POST", "/connect/endsession", corpus.Stranger, form: [new("id_token_hint", corpus.IdTokens.Pick(random)), new("post_logout_redirect_uri", "https://web.example.test/out")])),
        new("pushed authorization", 6, (corpus, random) => Post("/connect/par", Any(random), [.. Authorize(corpus, random, sender: null).Query])),
        new("authorize a pushed request", 3, (corpus, _) => Get("/connect/authorize", corpus.Person, [new("client_id", "web"), new("request_uri", "urn:ietf:params:oauth:request_uri:" + Challenge)])),
        new("device authorization", 5, (_, random) => Post("/connect/deviceauthorization", Any(random), [new("scope", "openid profile")])),
        new("device page", 4, (corpus, random) => Get("/device", corpus.Person, [new("user_code", corpus.UserCodes.Pick(random))])),
        new("device page's form", 3, (corpus, random) => Send("POST", "/device", corpus.Person, form: [new("user_code", corpus.UserCodes.Pick(random)), new("decision", "allow"), new("csrf", corpus.Person.Csrf)])),
        new("registration", 4, (_, random) => Json("POST", "/connect/dcr", Metadata(random))),
        new("registration management", 3, (corpus, random) => 
        {
            var (path, token) = corpus.Registrations.Pick(random);
            var method = ((string[])["PUT", "PUT", "GET", "DELETE"])[random.Next(4)];
            return Json(method, path, $"{{\"client_id\":\"{path[(path.LastIndexOf('/') + 1)..]}\",{Metadata(random)[1..]}", new Part("Authorization", "Bearer " + token));
        }),
        new("backchannel authentication", 1, (corpus, random) => Post("/connect/ciba", Any(random), [new("scope", "openid"), new("login_hint", "alice"), new("id_token_hint", corpus.IdTokens.Pick(random))])),
        new("session frame", 2, (corpus, _) => Get("/connect/checksession", corpus.Person)),
        new("metadata", 4, (_, random) => Get(((string[])["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration/jwks", "/.well-known/oauth-protected-resource", "/.well-known/webfinger"])[random.Next(5)], headers: [new("Origin", "https://spa.example.test")])),
        new("preflight", 2, (_, random) => Send("OPTIONS", random.Next(2) == 0 ? "/connect/token" : "/connect/userinfo", headers: [new("Origin", "https://spa.example.test"), new("Access-Control-Request-Method", "POST")])),
        new("health", 1, (_, random) => Get(random.Next(2) == 0 ? "/health/live" : "/health/ready")),
        new("consent page", 3, (corpus, random) => Get("/consent", corpus.Person, [new("returnUrl", corpus.ConsentUrls.Pick(random))])),
        new("consent", 5, (corpus, random) => Send("POST", "/consent", corpus.Person, form: [new("csrf", corpus.Person.Csrf), new("returnUrl", corpus.ConsentUrls.Pick(random)), new("decision", "allow"), new("scopes", "openid"), new("scopes", "profile"), new("remember", "false")])),
        new("sign-in page", 3, (corpus, random) => Get("/signin", corpus.Stranger, [new("returnUrl", corpus.ConsentUrls.Pick(random)), new("loginHint", "nobody"), new("upstream", "denied")])),
        new("sign in", 1, (corpus, random) => Send("POST", "/signin", corpus.Stranger, form: [new("csrf", corpus.Stranger.Csrf), new("username", "bob"), new("password", TestUsers.Bob.Password), new("returnUrl", corpus.ConsentUrls.Pick(random))])),
        new("plain garbage", 2, (_, random) => new FuzzRequest { Name = "plain garbage", Method = HostileText.Next(random), Path = HostileText.Next(random), Version = random.Next(2) == 0 ? "HTTP/1.1" : HostileText.Next(random), Framing = Framing.TooLong }),
    ];

    private static FuzzRequest Authorize(Corpus corpus, Random random, Sender? sender)
    {
        var app = Any(random);
        var request = Get("/connect/authorize", sender,
        [
            new("client_id", app.ClientId), new("response_type", "code"), new("redirect_uri", app.RedirectUri ?? ""), new("scope", "openid profile"), new("state", "state"), new("nonce", "nonce"), new("code_challenge", Challenge), new("code_challenge_method", "S256"),
        ]);
        (string Name, string Value)[] more =
        [
            ("prompt", "none"), ("prompt", "login"), ("prompt", "consent select_account"), ("max_age", "60"), ("response_mode", "form_post"), ("response_mode", "fragment"), ("id_token_hint", corpus.IdTokens.Pick(random)), ("login_hint", "alice"), ("ui_locales", "de fr"),
            ("acr_values", "1 2"), ("claims", "{\"userinfo\":{\"email\":{\"essential\":true}},\"id_token\":{\"auth_time\":null}}"), ("request", HostileJwt.Signed("{\"alg\":\"HS256\"}", "{\"client_id\":\"web\"}", random)), ("resource", "urn:test:api"), ("display", "page"),
        ];
        for (var i = random.Next(3); i > 0; i--)
        {
            var (name, value) = more[random.Next(more.Length)];
            request.Query.Add(new Part(name, value));
        }
        return request;
    }

    private static string Metadata(Random random) =>
        "{\"client_name\":\"Registered " + random.Next(100) + "\",\"redirect_uris\":[\"https://registered.example.test/cb\"],\"grant_types\":[\"authorization_code\"],\"response_types\":[\"code\"],\"token_endpoint_auth_method\":\"client_secret_basic\",\"scope\":\"openid profile\",\"id_token_signed_response_alg\":\"RS256\","
        + "\"subject_type\":\"public\",\"contacts\":[\"a@example.test\"],\"logo_uri\":\"https://registered.example.test/logo\",\"application_type\":\"web\",\"default_max_age\":60,\"post_logout_redirect_uris\":[\"https://registered.example.test/out\"]}";

    private static TestClient Any(Random random) => ((TestClient[])[TestClients.Web, new("sealed", "sealed-secret", "https://sealed.example.test/cb"), TestClients.Spa, TestClients.Opaque, TestClients.Consenting, TestClients.Elliptic])[random.Next(6)];

    private static FuzzRequest Post(string path, TestClient client, List<Part> form) => client.Secret is { } secret
        ? Send("POST", path, form: form, headers: [new("Authorization", RelyingParty.Basic(client.ClientId, secret).ToString())])
        : Send("POST", path, form: [.. form, new("client_id", client.ClientId)]);

    private static FuzzRequest Get(string path, Sender? sender = null, List<Part>? query = null, List<Part>? headers = null) => Send("GET", path, sender, query, headers: headers);

    private static FuzzRequest Json(string method, string path, string body, params List<Part> headers)
    {
        var request = Send(method, path, headers: headers);
        (request.Body, request.ContentType) = (body, "application/json");
        return request;
    }

    private static FuzzRequest Send(string method, string path, Sender? sender = null, List<Part>? query = null, List<Part>? form = null, List<Part>? headers = null)
    {
        var request = new FuzzRequest { Name = $"{method} {path}", Method = method, Path = path, Form = form, ContentType = form is null ? null : FormType };
        request.Query.AddRange(query ?? []);
        request.Headers.AddRange(headers ?? []);
        if (sender is not null) request.Headers.Add(new Part("Cookie", sender.Cookies));
        return request;
    }
}
