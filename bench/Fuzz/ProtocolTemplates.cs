namespace Fuzz;

/// <summary>Valid requests to the protocol's endpoints. A path that the server does not have (yet) is one more thing it must answer properly.</summary>
internal static class ProtocolTemplates
{
    private const string FormType = "application/x-www-form-urlencoded";
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"; // RFC 7636, appendix B
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

    private static readonly string[] Claims =
    [
        """{"userinfo":{"email":{"essential":true},"name":null},"id_token":{"auth_time":null}}""",
        """{"id_token":{"auth_time":{"essential":true},"acr":{"values":["1","urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"]},"email":null},"userinfo":null}""",
        """{"userinfo":{"given_name":{"essential":true},"nickname":null,"picture":null,"http://example.info/claims/groups":null},"id_token":{"preferred_username":{"value":"alice"},"locale":{"values":["en","de"]}}}""",
    ];

    public static IReadOnlyList<Template> All { get; } =
    [
        new("authorize", 12, (corpus, random) => Authorize(corpus, random, corpus.Person), Expect.Authorized("/signin", "/consent")),
        new("authorize without a session", 6, (corpus, random) => Authorize(corpus, random, sender: null), Expect.Authorized("/signin")),
        new("authorize by form", 4, (corpus, random) =>
        {
            var request = Authorize(corpus, random, corpus.Person);
            (request.Method, request.ContentType, request.Form) = ("POST", FormType, [.. request.Query]);
            request.Query.Clear();
            return request;
        }, Expect.Authorized("/signin", "/consent")),
        new("authorize implicit and hybrid", 10, FrontChannel, Expect.Authorized()),
        new("authorize with claims", 8, (corpus, random) =>
        {
            var request = Authorize(corpus, corpus.Person, TestClients.Web);
            request.Query.Add(new("claims", Claims[random.Next(Claims.Length)]));
            return request;
        }, Expect.Authorized()),
        new("pushed authorization", 6, (corpus, random) => Push(corpus, random), Expect.Json("request_uri")),
        new("authorize a pushed request", 6, (corpus, random) => Get("/connect/authorize", corpus.Person, [new("client_id", "web"), new("request_uri", corpus.RequestUris.Take(random))]), Expect.Authorized()),
        new("code exchange", 10, (corpus, random) =>
        {
            var code = corpus.Codes.Take(random);
            return Post("/connect/token", code.Client, [new("grant_type", "authorization_code"), new("code", code.Code), new("redirect_uri", code.RedirectUri), new("code_verifier", code.Verifier)]);
        }, Expect.Json("access_token")),
        new("refresh", 8, (corpus, random) =>
        {
            var token = corpus.RefreshTokens.Take(random);
            return Post("/connect/token", token.Client, [new("grant_type", "refresh_token"), new("refresh_token", token.Value)]);
        }, Expect.Json("access_token")),
        new("client credentials", 8, (_, _) => Post("/connect/token", TestClients.Machine, [new("grant_type", "client_credentials"), new("scope", "api.read"), new("resource", "urn:test:api")]), Expect.Json("access_token")),
        new("password", 6, (_, random) => Post("/connect/token", FuzzClients.Till,
            [new("grant_type", "password"), new("username", FuzzClients.Tellers[random.Next(FuzzClients.Tellers.Length)]), new("password", FuzzClients.TellerPassword), new("scope", "openid profile api.read offline_access")]), Expect.Json("id_token")),
        new("JWT bearer", 6, (corpus, random) => Post("/connect/token", FuzzClients.Bearer,
            [new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", FuzzClients.PortalKey.Sign("ES256", Assertion(corpus, random, FuzzClients.PortalIssuer, "alice"))), new("scope", "openid api.read")]), Expect.Json("access_token")),
        new("token exchange", 6, (corpus, random) =>
        {
            List<Part> form = [new("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), new("subject_token", corpus.SubjectToken(random)), new("subject_token_type", AccessTokenType), new("scope", "api.read")];
            if (random.Next(2) == 0) form.AddRange([new("actor_token", corpus.ActorTokens.Pick(random)), new("actor_token_type", AccessTokenType)]);
            form.Add(random.Next(2) == 0 ? new("resource", "urn:test:api") : new("audience", "urn:test:api"));
            return Post("/connect/token", FuzzClients.Gateway, form);
        }, Expect.Json("issued_token_type")),
        new("client assertion", 6, (corpus, random) => Post("/connect/token", new TestClient(FuzzClients.Hmac.ClientId),
        [
            new("grant_type", "client_credentials"), new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            new("client_assertion", TestKey.Hmac(FuzzClients.Hmac.Secret!).Sign("HS256", Assertion(corpus, random, FuzzClients.Hmac.ClientId, FuzzClients.Hmac.ClientId))), // it has a secret
        ]), Expect.Json("access_token")),
        new("other grants", 6, (corpus, random) => Post("/connect/token", Any(random),
        [
            new("grant_type", (string[])["password", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:openid:params:grant-type:ciba", "implicit"] is var grants ? grants[random.Next(grants.Length)] : ""),
            new("username", "nobody"), new("password", "x"), new("device_code", corpus.Codes.Pick(random).Code), new("assertion", corpus.IdTokens.Pick(random).Value), new("auth_req_id", "x"), new("scope", "openid api.read"),
            new("subject_token", corpus.AccessTokens.Pick(random).Value), new("subject_token_type", AccessTokenType), new("actor_token", corpus.AccessTokens.Pick(random).Value),
            new("actor_token_type", AccessTokenType), new("resource", "urn:test:api"),
        ]), Expect.Status(400)),
        new("device authorization", 5, (_, _) => Post("/connect/deviceauthorization", FuzzClients.Tv, [new("scope", "openid profile")]), Expect.Json("device_code")),
        new("device polling", 5, (corpus, random) => Poll(corpus.ApprovedDeviceCodes.Take(random)), Expect.Json("access_token")),
        new("device polling too early", 3, (corpus, random) => Poll(corpus.DeviceCodes.Pick(random)), Expect.Status(400)),
        new("device page", 4, (corpus, random) => Get("/device", corpus.Person, [new("user_code", corpus.UserCodes.Pick(random))]), Expect.Page),
        new("device page's form", 3, (corpus, random) => Send("POST", "/device", corpus.Person, form: [new("user_code", corpus.UserCodes.Pick(random)), new("csrf", corpus.Person.Csrf)]), Expect.RedirectTo("/device?")),
        new("device answer", 3, (corpus, random) => Send("POST", "/device/answer", corpus.Person, form: [.. corpus.DeviceAnswers.Take(random)]), Expect.RedirectTo("/device/")),
        new("userinfo", 8, (corpus, random) => Get("/connect/userinfo", headers: [new("Authorization", "Bearer " + corpus.SubjectToken(random))]), Expect.Json("sub")),
        new("userinfo by form", 3, (corpus, random) => Send("POST", "/connect/userinfo", form: [new("access_token", corpus.SubjectToken(random))]), Expect.Json("sub")),
        new("introspect", 8, (corpus, random) => Post("/connect/introspect", TestClients.Api, [new("token", corpus.SubjectToken(random)), new("token_type_hint", "access_token")]), Expect.Json("client_id")),
        new("introspect anything", 4, (corpus, random) => Post("/connect/introspect", random.Next(2) == 0 ? TestClients.Web : TestClients.Api, [new("token", corpus.AnyToken(random))]), Expect.Json("active")),
        new("introspect to a JWT", 6, (corpus, random) =>
        {
            var request = Post("/connect/introspect", TestClients.Api, [new("token", random.Next(3) == 0 ? corpus.AnyToken(random) : corpus.SubjectToken(random))]);
            request.Headers.Add(new("Accept", "application/token-introspection+jwt"));
            return request;
        }, (_, answer) => answer.Status == 200 && answer.Header("Content-Type")?.StartsWith("application/token-introspection+jwt", StringComparison.Ordinal) == true && answer.Body.Count(c => c == '.') == 2),
        new("sign out from an app", 5, (corpus, random) => Get("/connect/endsession", corpus.Leaver, SignOut(corpus, random)), Expect.RedirectTo("https://web.example.test/out?state=s")),
        new("sign out from an app by form", 3, (corpus, random) => Send("POST", "/connect/endsession", corpus.Leaver, form: SignOut(corpus, random)), Expect.RedirectTo("https://web.example.test/out?state=s")),
        new("sign out without a hint", 2, (corpus, _) => Get("/connect/endsession", corpus.Person, [new("client_id", "web"), new("post_logout_redirect_uri", "https://web.example.test/out"), new("state", "s"), new("logout_hint", "alice")]), Expect.RedirectTo("/signout?")),
        new("sign-out page", 2, (corpus, _) => Get("/signout", corpus.Person, [new("returnUrl", "/connect/endsession?client_id=web&post_logout_redirect_uri=https%3A%2F%2Fweb.example.test%2Fout&state=s")]), Expect.Page),
        new("sign-out form", 2, (corpus, random) =>
        {
            var leaver = corpus.Leavers.Take(random);
            return Send("POST", "/signout", leaver, form: [new("csrf", leaver.Csrf), new("returnUrl", "/connect/endsession?client_id=web&post_logout_redirect_uri=https%3A%2F%2Fweb.example.test%2Fout&state=s")]);
        }, Expect.RedirectTo("/connect/endsession?", "/signedout?")),
        new("signed-out page", 2, (corpus, random) => Get("/signedout", corpus.Stranger, [new("receipt", corpus.Receipts.Pick(random)), new("returnUrl", "/connect/endsession?client_id=web&post_logout_redirect_uri=https%3A%2F%2Fweb.example.test%2Fout&state=s")]), Expect.Page),
        new("signed-out state", 2, (corpus, random) => Get("/signedout/state", query: [new("receipt", corpus.Receipts.Pick(random))]), Expect.Json("isOpen")),
        new("registration", 6, (_, random) => Json("POST", "/connect/dcr", Metadata(random)), Expect.Json("client_id")),
        new("registration management", 4, (corpus, random) => Managed(random.Next(3) == 0 ? "GET" : "PUT", corpus.Registrations.Pick(random), random), Expect.Json("client_id")),
        new("registration's end", 1, (corpus, random) => Managed("DELETE", corpus.Disposable.Take(random), random), Expect.Status(204)),
        new("backchannel authentication", 1, (corpus, random) => Post("/connect/ciba", Any(random), [new("scope", "openid"), new("login_hint", "alice"), new("id_token_hint", corpus.IdTokens.Pick(random).Value)])),
        new("session frame", 2, (corpus, _) => Get("/connect/checksession", corpus.Person), Expect.Page),
        new("metadata", 4, (_, random) => Get(((string[])["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration/jwks"])[random.Next(3)], headers: [new("Origin", "https://spa.example.test")]), Expect.Status(200)),
        new("other metadata", 1, (_, random) => Get(((string[])["/.well-known/oauth-protected-resource", "/.well-known/webfinger", "/.well-known/change-password"])[random.Next(3)])),
        new("preflight", 2, (_, random) => Send("OPTIONS", random.Next(2) == 0 ? "/connect/token" : "/connect/userinfo", headers: [new("Origin", "https://spa.example.test"), new("Access-Control-Request-Method", "POST")]), Expect.Status(200, 204)),
        new("health", 1, (_, random) => Get(random.Next(2) == 0 ? "/health/live" : "/health/ready"), Expect.Status(200)),
        new("consent page", 3, (corpus, random) => Get("/consent", corpus.Person, [new("returnUrl", corpus.ConsentUrls.Pick(random))]), Expect.Page),
        new("consent", 5, (corpus, random) => Send("POST", "/consent", corpus.Person, form: [new("csrf", corpus.Person.Csrf), new("returnUrl", corpus.ConsentUrls.Pick(random)), new("decision", "allow"), new("scopes", "openid"), new("scopes", "profile"), new("remember", "false")]), Expect.RedirectTo("/connect/authorize?")),
        new("sign-in page", 3, (corpus, random) => Get("/signin", corpus.Stranger, [new("returnUrl", corpus.ConsentUrls.Pick(random)), new("loginHint", "nobody"), new("upstream", "denied")]), Expect.Page),
        new("name", 2, (corpus, random) => Send("POST", "/signin", corpus.Stranger, form: [new("csrf", corpus.Stranger.Csrf), new("username", "bob"), new("returnUrl", corpus.ConsentUrls.Pick(random))]), Expect.RedirectTo("/signin/password?")),
        new("passkey challenge", 1, (corpus, _) => Send("POST", "/signin/passkey/options", corpus.Stranger, form: [new("csrf", corpus.Stranger.Csrf), new("returnUrl", "/account")]), Expect.Status(200)),
        new("sign in", 1, (corpus, random) => Send("POST", "/signin/password", corpus.Stranger, form: [new("csrf", corpus.Stranger.Csrf), new("username", "bob"), new("password", TestUsers.Bob.Password), new("returnUrl", corpus.ConsentUrls.Pick(random))]), Expect.RedirectTo("/connect/authorize?")),
        new("plain garbage", 2, (_, random) => new FuzzRequest { Name = "plain garbage", Method = HostileText.Next(random), Path = HostileText.Next(random), Version = random.Next(2) == 0 ? "HTTP/1.1" : HostileText.Next(random), Framing = Framing.TooLong }),
        // Last: what it revokes, the others cannot use any more.
        new("revoke", 6, (corpus, random) =>
        {
            var token = corpus.RefreshTokens.Pick(random);
            return Post("/connect/revocation", token.Client, [new("token", token.Value), new("token_type_hint", "refresh_token")]);
        }, Expect.Status(200)),
        new("revoke anything", 3, (corpus, random) => Post("/connect/revocation", Any(random), [new("token", corpus.AnyToken(random))])),
    ];

    /// <summary>A code request of this client with the scopes it has.</summary>
    private static FuzzRequest Authorize(Corpus corpus, Sender? sender, TestClient app) => Get("/connect/authorize", sender,
    [
        new("client_id", app.ClientId), new("response_type", "code"), new("redirect_uri", app.RedirectUri ?? ""), new("scope", app == TestClients.Elliptic || app == FuzzClients.Sealed ? "openid profile" : "openid profile api.read"),
        new("state", "state"), new("nonce", "nonce"), new("code_challenge", Challenge), new("code_challenge_method", "S256"),
    ]);

    /// <summary>A code request of any client with up to two things more that are right.</summary>
    private static FuzzRequest Authorize(Corpus corpus, Random random, Sender? sender)
    {
        var app = Any(random);
        var request = Authorize(corpus, sender, app);
        List<Part> more =
        [
            new("prompt", "login"), new("prompt", "consent select_account"), new("max_age", "60"), new("response_mode", "form_post"), new("response_mode", "fragment"), new("login_hint", "alice"), new("ui_locales", "de fr"),
            new("acr_values", "1 2"), new("claims", Claims[0]), new("display", "page"),
        ];
        if (app != TestClients.Elliptic && app != FuzzClients.Sealed) more.Add(new("resource", "urn:test:api"));
        if (corpus.IdTokens.All.LastOrDefault(token => token.Client == app) is { } hint) more.Add(new("id_token_hint", hint.Value));
        for (var i = random.Next(3); i > 0; i--)
            if (more[random.Next(more.Count)] is var part && !request.Query.Exists(p => p.Name == part.Name)) request.Query.Add(part);
        return request;
    }

    private static FuzzRequest FrontChannel(Corpus corpus, Random random)
    {
        string[] hybrid = ["code id_token", "code token", "code id_token token", "token code id_token"];
        var (app, types) = random.Next(4) switch
        {
            0 => (OlderClients.Implicit, ["id_token", "id_token token", "token id_token"]),
            1 => (OlderClients.ImplicitIdentity, ["id_token"]),
            2 => (OlderClients.Hybrid, hybrid),
            _ => (OlderClients.HybridPublic, hybrid),
        };
        var request = Authorize(corpus, corpus.Person, app);
        var type = types[random.Next(types.Length)];
        request.Query[1] = new("response_type", type);
        if (!type.Contains("code", StringComparison.Ordinal)) request.Query.RemoveAll(part => part.Name.StartsWith("code_challenge", StringComparison.Ordinal));
        if (random.Next(3) is var mode and > 0) request.Query.Add(new("response_mode", mode == 1 ? "form_post" : "fragment"));
        if (random.Next(3) == 0) request.Query.Add(new("claims", Claims[0]));
        return request;
    }

    private static FuzzRequest Push(Corpus corpus, Random random)
    {
        var app = random.Next(4) == 0 ? OlderClients.Hybrid : Any(random);
        var request = Authorize(corpus, sender: null, app);
        if (app == OlderClients.Hybrid) request.Query[1] = new("response_type", "code id_token");
        if (random.Next(2) == 0) request.Query.Add(new("claims", Claims[random.Next(Claims.Length)]));
        return Post("/connect/par", app, app.Secret is null ? [.. request.Query.Where(part => part.Name != "client_id")] : [.. request.Query]);
    }

    private static FuzzRequest Poll(string deviceCode) => Post("/connect/token", FuzzClients.Tv, [new("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), new("device_code", deviceCode)]);

    private static List<Part> SignOut(Corpus corpus, Random random) =>
        [new("id_token_hint", corpus.LeaverHints.All[^1]), new("post_logout_redirect_uri", "https://web.example.test/out"), new("state", "s"), new("client_id", "web"), .. random.Next(2) == 0 ? [new Part("ui_locales", "de")] : (Part[])[]];

    private static Dictionary<string, object?> Assertion(Corpus corpus, Random random, string issuer, string subject)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return new() { ["iss"] = issuer, ["sub"] = subject, ["aud"] = corpus.Issuer, ["jti"] = $"{random.Next()}-{random.Next()}", ["iat"] = now, ["exp"] = now + 120 };
    }

    private static FuzzRequest Managed(string method, (string Path, string Token) registration, Random random)
    {
        var authorization = new Part("Authorization", "Bearer " + registration.Token);
        return method == "PUT"
            ? Json(method, registration.Path, $"{{\"client_id\":\"{registration.Path[(registration.Path.LastIndexOf('/') + 1)..]}\",{Metadata(random)[1..]}", authorization)
            : Send(method, registration.Path, headers: [authorization]);
    }

    private static string Metadata(Random random) =>
        "{\"client_name\":\"Registered " + random.Next(100) + "\",\"redirect_uris\":[\"https://registered.example.test/cb\"],\"grant_types\":[\"authorization_code\"],\"response_types\":[\"code\"],\"token_endpoint_auth_method\":\"client_secret_basic\",\"scope\":\"openid profile\",\"id_token_signed_response_alg\":\"RS256\","
        + "\"subject_type\":\"public\",\"contacts\":[\"a@example.test\"],\"logo_uri\":\"https://registered.example.test/logo\",\"application_type\":\"web\",\"default_max_age\":60,\"post_logout_redirect_uris\":[\"https://registered.example.test/out\"]}";

    private static TestClient Any(Random random) => ((TestClient[])[TestClients.Web, FuzzClients.Sealed, TestClients.Spa, TestClients.Opaque, TestClients.Consenting, TestClients.Elliptic])[random.Next(6)];

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
