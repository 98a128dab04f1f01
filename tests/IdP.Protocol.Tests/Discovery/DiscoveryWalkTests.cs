using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Protocol.Authorize;
using IdP.Protocol.Tests.Registration;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Discovery;

/// <summary>
/// An app that knows nothing but the issuer: it reads the metadata, registers a client for each value it finds there, and uses it at the advertised address. A member that
/// nobody here uses, and one that is used but not advertised, fails too.
/// </summary>
public sealed class DiscoveryWalkTests(DatabaseKind database) : RegistrationTest(database)
{
    private const string Api = "api.read", JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer", AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", Portal = "https://portal.example.test";
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
    private static readonly TestKey RsaKey = TestKey.Rsa("r"), P256 = TestKey.Elliptic("p256"), P384 = TestKey.Elliptic("p384", 384), P521 = TestKey.Elliptic("p521", 521);
    private static readonly EncryptionKey RsaEncryption = EncryptionKey.Rsa(), EllipticEncryption = EncryptionKey.Elliptic("P-256");

    /// <summary>Somebody with a value for every claim that an identity resource can name.</summary>
    private static readonly TestUser Person = new("walker", "Correct-Horse-5-Battery");

    private readonly LogoutReceiver apps = new();
    private JsonElement metadata;
    private BrowserClient? browser;

    protected override IReadOnlyDictionary<string, string> Policy => new Dictionary<string, string>
    {
        ["Mode"] = "Open", ["MaxPerSource"] = "10000", ["RequirePkce"] = "false", ["RequireConsent"] = "false",
        ["AllowedGrantTypes:0"] = "authorization_code", ["AllowedGrantTypes:1"] = "implicit", ["AllowedGrantTypes:2"] = "refresh_token", ["AllowedGrantTypes:3"] = "client_credentials",
        ["AllowedGrantTypes:4"] = "password", ["AllowedGrantTypes:5"] = DeviceJourney.GrantType, ["AllowedGrantTypes:6"] = "urn:ietf:params:oauth:grant-type:token-exchange",
        ["AllowedScopes:0"] = "openid", ["AllowedScopes:1"] = "profile", ["AllowedScopes:2"] = "email", ["AllowedScopes:3"] = "address", ["AllowedScopes:4"] = "phone", ["AllowedScopes:5"] = Api, ["AllowedScopes:6"] = "api.write",
    };

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With($$"""
            {
              "identityResources": [
                { "name": "address", "userClaims": ["address"] },
                { "name": "phone", "userClaims": ["phone_number", "phone_number_verified"] }
              ],
              "clients": [{ "clientId": "bearer", "clientSecrets": [{ "value": "bearer-secret" }], "allowedGrantTypes": ["{{JwtBearer}}"], "allowedScopes": ["{{Api}}"] }],
              "assertionIssuers": [{ "issuer": "{{Portal}}", "jwks": {{TestKey.Set(RsaKey)}}, "allowedClients": ["bearer"] }],
              "users": [
                {
                  "userName": "walker", "password": "{{Person.Password}}", "email": "walker@example.test", "emailVerified": true, "phoneNumber": "+15550100", "phoneNumberVerified": true,
                  "name": "Wanda Walker", "givenName": "Wanda", "familyName": "Walker", "locale": "en",
                  "claims": [
                    { "type": "address", "value": { "locality": "Springfield" } }, { "type": "birthdate", "value": "1990-01-02" }, { "type": "middle_name", "value": "W" }, { "type": "nickname", "value": "wa" },
                    { "type": "profile", "value": "https://walker.example.test" }, { "type": "picture", "value": "https://walker.example.test/me.png" }, { "type": "website", "value": "https://walker.example.test/web" },
                    { "type": "gender", "value": "female" }, { "type": "zoneinfo", "value": "Europe/Paris" }
                  ]
                }
              ]
            }
            """),
    };

    [OneTimeSetUp]
    public async Task ReadMetadataAsync()
    {
        await apps.StartAsync();
        using var document = JsonDocument.Parse(await Server.NewHttpClient().GetStringAsync("/.well-known/openid-configuration"));
        metadata = document.RootElement.Clone();
        browser = Server.NewBrowser();
        await SignInAsync(await RegisterAppAsync(), "openid");
    }

    [OneTimeTearDown]
    public async Task StopAppsAsync()
    {
        browser?.Dispose();
        await apps.DisposeAsync();
    }

    [Test]
    public void Every_advertised_member_is_used_here_and_every_one_used_here_is_advertised() =>
        Assert.That(metadata.EnumerateObject().Select(member => member.Name), Is.EquivalentTo(Uses.Keys));

    [Test]
    public void Every_protocol_endpoint_of_the_server_is_advertised()
    {
        IEnumerable<string> endpoints =
        [
            .. typeof(ProtocolPaths).GetFields().Select(field => (string)field.GetRawConstantValue()!), // constants all
            .. Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/')), // mapped by their text
        ];
        var advertised = metadata.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.String && member.Name != "issuer").Select(member => new Uri(member.Value.GetString()!).AbsolutePath).ToList();

        // An address below an advertised one (the client's own registration) is given by the answer there.
        Assert.That(endpoints.Where(path => path.StartsWith("/connect/", StringComparison.Ordinal) && !advertised.Exists(known => path == known || path.StartsWith(known + "/", StringComparison.Ordinal))), Is.Empty);
    }

    [TestCaseSource(nameof(Members))]
    public async Task Every_advertised_value_works(string member)
    {
        var value = metadata.GetProperty(member);
        Assert.That(value.ValueKind, Is.Not.EqualTo(JsonValueKind.Array).Or.Matches<object>(_ => value.GetArrayLength() > 0), "an empty list says nothing");

        foreach (var one in value.ValueKind is JsonValueKind.Array ? [.. value.EnumerateArray()] : (JsonElement[])[value]) await Uses[member](this, one);
    }

    private static IEnumerable<string> Members => Uses.Keys;

    private static Dictionary<string, Func<DiscoveryWalkTests, JsonElement, Task>> Uses { get; } = new()
    {
        ["issuer"] = async (walk, issuer) =>
        {
            var app = await walk.RegisterAppAsync();
            var (answer, tokens) = await walk.SignInAsync(app, "openid");
            Assert.That((answer.Parameters["iss"], Jwt.Parse(tokens.IdToken!).Text("iss"), walk.Server.Origin.ToString().TrimEnd('/')), Is.EqualTo((issuer.GetString(), issuer.GetString(), issuer.GetString())));
        },
        ["authorization_endpoint"] = async (walk, url) =>
        {
            var app = await walk.RegisterAppAsync();
            var page = await walk.SignedIn.GetAsync(url.GetString() + "?" + new Uri(walk.Server.Origin, walk.Party(app).NewRequest("openid").Url).Query.TrimStart('?'));
            Assert.That(page.LocationParameters, Contains.Key("code"));
        },
        ["token_endpoint"] = async (walk, url) => (await walk.SendAsync(url.GetString()!, await walk.RegisterMachineAsync(), ("grant_type", "client_credentials"), ("scope", Api))).Expected(),
        ["introspection_endpoint"] = async (walk, _) =>
        {
            var app = await walk.RegisterMachineAsync();
            Assert.That(await walk.IsActiveAsync(app, await walk.MachineTokenAsync(app)), Is.True);
        },
        ["revocation_endpoint"] = async (walk, url) =>
        {
            var app = await walk.RegisterMachineAsync();
            var token = await walk.MachineTokenAsync(app);
            (await walk.SendAsync(url.GetString()!, app, ("token", token))).Expected();
            Assert.That(await walk.IsActiveAsync(app, token), Is.False);
        },
        ["end_session_endpoint"] = async (walk, url) =>
        {
            var app = await walk.RegisterAppAsync(("post_logout_redirect_uris", new JsonArray("https://registered.example.test/out")));
            using var browser = walk.Server.NewBrowser();
            var answer = await walk.Party(app).AuthorizeAsync(browser, "openid", Person);
            var idToken = (await walk.RedeemAsync(app, answer)).IdToken!;
            var page = await browser.GetAsync(QueryHelpers.AddQueryString(url.GetString()!, new Dictionary<string, string?> { ["id_token_hint"] = idToken, ["post_logout_redirect_uri"] = "https://registered.example.test/out", ["state"] = "s" }));
            Assert.That(page.Location?.AbsoluteUri, Is.EqualTo("https://registered.example.test/out?state=s"));
            Assert.That((await walk.Party(app).AuthorizeAsync(browser, "openid", null, [new("prompt", "none")])).Error, Is.EqualTo("login_required"));
        },
        ["userinfo_endpoint"] = async (walk, url) =>
        {
            var (_, tokens) = await walk.SignInAsync(await walk.RegisterAppAsync(), "openid");
            Assert.That((await TokenAnswer.ReadAsync(await walk.GetAsync(url.GetString()!, tokens.AccessToken!))).Expected().Text("sub"), Is.EqualTo(Jwt.Parse(tokens.IdToken!).Text("sub")));
        },
        ["device_authorization_endpoint"] = (walk, _) => walk.ConnectDeviceAsync(),
        ["pushed_authorization_request_endpoint"] = async (walk, url) => Assert.That((await walk.PushAsync(url.GetString()!, await walk.RegisterAppAsync())).Parameters, Contains.Key("code")),
        ["jwks_uri"] = async (walk, url) =>
        {
            var (_, tokens) = await walk.SignInAsync(await walk.RegisterAppAsync(), "openid");
            using var keys = JsonDocument.Parse(await walk.Server.NewHttpClient().GetStringAsync(url.GetString()));
            Assert.That(Jwt.Parse(tokens.IdToken!).IsSignedBy(keys.RootElement), Is.True);
        },
        ["registration_endpoint"] = async (walk, url) =>
            Assert.That((await TokenAnswer.ReadAsync(await walk.Server.NewHttpClient().PostAsync(url.GetString(), new StringContent(Metadata().ToJsonString(), null, "application/json")))).Status, Is.EqualTo(HttpStatusCode.Created)),
        ["check_session_iframe"] = async (walk, url) =>
        {
            var (answer, _) = await walk.SignInAsync(await walk.RegisterAppAsync(), "openid");
            var frame = await walk.SignedIn.GetAsync(url.GetString()!);
            Assert.That((frame.Status, frame.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, "text/html")));
            Assert.That(frame.Headers.TryGetValues("X-Frame-Options", out _), Is.False);
            Assert.That(answer.Parameters["session_state"], Does.Match(@"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"));
        },
        ["grant_types_supported"] = (walk, grant) => walk.UseGrantAsync(grant.GetString()!),
        ["response_types_supported"] = async (walk, type) =>
        {
            var parts = type.GetString()!.Split(' ');
            var app = await walk.RegisterAppAsync(("response_types", new JsonArray(type.GetString())), ("grant_types", new JsonArray([.. parts.Contains("code") ? (JsonNode[])["authorization_code"] : [], .. parts.Length == 1 && parts[0] == "code" ? (JsonNode[])[] : ["implicit"]])));
            var answer = await walk.Party(app).AuthorizeAsync(walk.SignedIn, "openid", null, ResponseType(type.GetString()!));
            Assert.That(answer.Parameters.Keys.Intersect(["code", "id_token", "access_token"]), Is.EquivalentTo(parts.Select(part => part == "token" ? "access_token" : part)));
        },
        ["response_modes_supported"] = async (walk, mode) =>
        {
            var app = walk.Party(await walk.RegisterAppAsync());
            var page = await walk.SignedIn.GetAsync(app.NewRequest("openid", [new("response_mode", mode.GetString())]).Url);
            if (mode.GetString() == "form_post") Assert.That(page.Forms.Single(form => form.Action.AbsoluteUri == Callback).Has("code"), Is.True);
            else Assert.That(mode.GetString() == "query" ? page.Location!.Query : page.Location!.Fragment, Does.Contain("code="));
        },
        ["scopes_supported"] = async (walk, scope) =>
        {
            var app = await walk.RegisterAppAsync(("grant_types", new JsonArray("authorization_code", "refresh_token")), ("scope", "openid profile email address phone api.read api.write"));
            var (_, tokens) = await walk.SignInAsync(app, scope.GetString() == "openid" ? "openid" : "openid " + scope.GetString());
            Assert.That(Jwt.Parse(tokens.AccessToken!).Text("scope")!.Split(' '), Has.Member(scope.GetString()));
            if (scope.GetString() == "offline_access") Assert.That(tokens.RefreshToken, Is.Not.Null);
        },
        ["claims_supported"] = async (walk, claim) =>
        {
            var app = await walk.RegisterAppAsync(("scope", "openid profile email address phone"));
            var (_, tokens) = await walk.SignInAsync(app, "openid profile email address phone");
            var userInfo = (await walk.Party(app).UserInfoAsync(tokens.AccessToken!)).Expected().Json;
            Assert.That(Jwt.Parse(tokens.IdToken!).Text(claim.GetString()!) ?? (userInfo.TryGetProperty(claim.GetString()!, out var value) ? value.ToString() : null), Is.Not.Null.And.Not.Empty, claim.GetString());
        },
        ["claim_types_supported"] = async (walk, type) =>
        {
            var app = await walk.RegisterAppAsync();
            var (_, tokens) = await walk.SignInAsync(app, "openid profile");
            var userInfo = (await walk.Party(app).UserInfoAsync(tokens.AccessToken!)).Expected().Json;
            Assert.That((type.GetString(), userInfo.GetProperty("name").GetString(), userInfo.TryGetProperty("_claim_names", out _)), Is.EqualTo(("normal", "Wanda Walker", false)));
        },
        ["claims_parameter_supported"] = async (walk, supported) =>
        {
            var (_, without) = await walk.SignInAsync(await walk.RegisterAppAsync(), "openid profile");
            var (_, with) = await walk.SignInAsync(await walk.RegisterAppAsync(), "openid profile", ("claims", """{"id_token":{"name":{"essential":true}}}"""));
            Assert.That((supported.GetBoolean(), Jwt.Parse(without.IdToken!).Text("name"), Jwt.Parse(with.IdToken!).Text("name")), Is.EqualTo((true, (string?)null, "Wanda Walker")));
        },
        ["request_parameter_supported"] = (walk, supported) => walk.RefusedAsync(supported, "request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
        ["request_uri_parameter_supported"] = (walk, supported) => walk.RefusedAsync(supported, "request_uri", "https://registered.example.test/request", "request_uri_not_supported"),
        ["authorization_response_iss_parameter_supported"] = async (walk, supported) =>
        {
            var error = await walk.Party(await walk.RegisterAppAsync()).AuthorizeAsync(walk.Server.NewBrowser(), "openid", null, [new("prompt", "none")]);
            Assert.That((supported.GetBoolean(), error.Parameters["error"], error.Parameters["iss"]), Is.EqualTo((true, "login_required", walk.Text("issuer"))));
        },
        ["require_pushed_authorization_requests"] = async (walk, required) =>
        {
            Assert.That(required.GetBoolean(), Is.False);
            await walk.SignInAsync(await walk.RegisterAppAsync(), "openid");
        },
        ["tls_client_certificate_bound_access_tokens"] = async (walk, bound) =>
        {
            var (_, tokens) = await walk.SignInAsync(await walk.RegisterAppAsync(), "openid");
            Assert.That((bound.GetBoolean(), Jwt.Parse(tokens.AccessToken!).Text("cnf")), Is.EqualTo((false, (string?)null)));
        },
        ["code_challenge_methods_supported"] = async (walk, method) =>
        {
            var app = await walk.RegisterAppAsync();
            var right = await walk.Party(app).AuthorizeAsync(walk.SignedIn, "openid", null, [new("code_challenge_method", method.GetString())]);
            var wrong = await walk.Party(app).AuthorizeAsync(walk.SignedIn, "openid", null, [new("code_challenge_method", method.GetString())]);
            (await walk.RedeemAsync(app, right)).Expected();
            Assert.That((await walk.RedeemAsync(app, wrong with { Request = right.Request })).Error, Is.EqualTo("invalid_grant"));
        },
        ["subject_types_supported"] = async (walk, type) =>
        {
            async Task<string?> SubjectAsync(string callback)
            {
                var app = await walk.RegisterAppAsync(("subject_type", type.GetString()), ("redirect_uris", new JsonArray(callback)));
                var party = walk.Party(app, callback);
                var answer = await party.AuthorizeAsync(walk.SignedIn, "openid");
                return Jwt.Parse((await walk.RedeemAsync(app, answer, callback)).IdToken!).Text("sub");
            }

            Assert.That(await SubjectAsync("https://one.example.test/cb") == await SubjectAsync("https://two.example.test/cb"), Is.EqualTo(type.GetString() == "public"));
        },
        ["prompt_values_supported"] = async (walk, prompt) =>
        {
            var app = walk.Party(await walk.RegisterAppAsync());
            var page = await walk.SignedIn.OpenAsync(app.NewRequest("openid profile", [new("prompt", prompt.GetString())]).Url);
            switch (prompt.GetString())
            {
                case "none": Assert.That(page.LocationParameters, Contains.Key("code")); break;
                case "consent": Assert.That(page.FormWith("csrf").Buttons.Select(button => button.Name), Has.Member("decision")); break;
                case "login": Assert.That(page.AsksToSignIn, Is.True); break;
                case "select_account": Assert.That(page.FormsWith("session"), Is.Not.Empty); break;
                default: Assert.Fail($"Nobody here knows prompt={prompt.GetString()}."); break;
            }
        },
        ["acr_values_supported"] = async (walk, acr) =>
        {
            // A person who has shown a password has a passkey for whatever is more.
            var (person, app) = (acr.GetString() == AuthenticationContexts.PhishingResistant ? TestUsers.Bob : TestUsers.Alice, await walk.RegisterAppAsync());
            var party = walk.Party(app);
            using var browser = walk.Server.NewBrowser();
            using var authenticator = new SoftwareAuthenticator(walk.Server.Origin);
            await browser.SignInAsync(await browser.OpenAsync("/signin"), person.UserName, person.Password);
            if (acr.GetString() != AuthenticationContexts.Password) await browser.AddPasskeyAsync(authenticator);
            var request = party.NewRequest("openid", [new("acr_values", acr.GetString())]);
            var page = await browser.OpenAsync(request.Url);
            if (page.Forms.Any(form => form.Has("credential"))) page = await browser.FollowAsync(await browser.AnswerPasskeyAsync(page, authenticator));
            var tokens = await walk.RedeemAsync(app, new AuthorizationAnswer(request, page.LocationParameters));
            Assert.That(Jwt.Parse(tokens.IdToken!).Text("acr"), Is.EqualTo(acr.GetString()));
        },
        ["display_values_supported"] = (walk, display) => walk.ShowsSignInAsync("display", display.GetString()!, "<html"),
        ["ui_locales_supported"] = (walk, locale) => walk.ShowsSignInAsync("ui_locales", locale.GetString()!, $"<html lang=\"{locale.GetString()}\""),
        ["id_token_signing_alg_values_supported"] = async (walk, algorithm) =>
        {
            var app = await walk.RegisterAppAsync(("id_token_signed_response_alg", algorithm.GetString()));
            var (_, tokens) = await walk.SignInAsync(app, "openid");
            await walk.AssertSignedAsync(tokens.IdToken!, algorithm.GetString()!, app);
        },
        ["id_token_encryption_alg_values_supported"] = (walk, algorithm) => walk.OpenIdTokenAsync(algorithm.GetString()!, "A256GCM"),
        ["id_token_encryption_enc_values_supported"] = (walk, content) => walk.OpenIdTokenAsync("RSA-OAEP-256", content.GetString()!),
        ["userinfo_signing_alg_values_supported"] = async (walk, algorithm) =>
        {
            var app = await walk.RegisterAppAsync(("userinfo_signed_response_alg", algorithm.GetString()));
            var (_, tokens) = await walk.SignInAsync(app, "openid");
            await walk.AssertSignedAsync(await (await walk.GetAsync(walk.Text("userinfo_endpoint"), tokens.AccessToken!)).Content.ReadAsStringAsync(), algorithm.GetString()!, app);
        },
        ["userinfo_encryption_alg_values_supported"] = (walk, algorithm) => walk.OpenUserInfoAsync(algorithm.GetString()!, "A256GCM"),
        ["userinfo_encryption_enc_values_supported"] = (walk, content) => walk.OpenUserInfoAsync("RSA-OAEP-256", content.GetString()!),
        ["introspection_signing_alg_values_supported"] = async (walk, algorithm) =>
        {
            var app = await walk.RegisterMachineAsync(("introspection_signed_response_alg", algorithm.GetString()));
            await walk.AssertSignedAsync(await walk.IntrospectAsJwtAsync(app), algorithm.GetString()!, app);
        },
        ["introspection_encryption_alg_values_supported"] = (walk, algorithm) => walk.OpenIntrospectionAsync(algorithm.GetString()!, "A256GCM"),
        ["introspection_encryption_enc_values_supported"] = (walk, content) => walk.OpenIntrospectionAsync("RSA-OAEP-256", content.GetString()!),
        ["token_endpoint_auth_methods_supported"] = (walk, method) => walk.AuthenticateAsync("token_endpoint", method.GetString()!),
        ["introspection_endpoint_auth_methods_supported"] = (walk, method) => walk.AuthenticateAsync("introspection_endpoint", method.GetString()!),
        ["revocation_endpoint_auth_methods_supported"] = (walk, method) => walk.AuthenticateAsync("revocation_endpoint", method.GetString()!),
        ["device_authorization_endpoint_auth_methods_supported"] = (walk, method) => walk.AuthenticateAsync("device_authorization_endpoint", method.GetString()!),
        ["pushed_authorization_request_endpoint_auth_methods_supported"] = (walk, method) => walk.AuthenticateAsync("pushed_authorization_request_endpoint", method.GetString()!),
        ["token_endpoint_auth_signing_alg_values_supported"] = (walk, algorithm) => walk.AuthenticateAsync("token_endpoint", MethodOf(algorithm.GetString()!), algorithm.GetString()!),
        ["introspection_endpoint_auth_signing_alg_values_supported"] = (walk, algorithm) => walk.AuthenticateAsync("introspection_endpoint", MethodOf(algorithm.GetString()!), algorithm.GetString()!),
        ["revocation_endpoint_auth_signing_alg_values_supported"] = (walk, algorithm) => walk.AuthenticateAsync("revocation_endpoint", MethodOf(algorithm.GetString()!), algorithm.GetString()!),
        ["protected_resources"] = async (walk, resource) =>
        {
            var refused = await walk.Server.NewHttpClient().GetAsync(resource.GetString());
            var challenge = refused.Headers.WwwAuthenticate.ToString();
            var address = challenge.Split("resource_metadata=\"")[1].Split('"')[0];
            using var described = JsonDocument.Parse(await walk.Server.NewHttpClient().GetStringAsync(address));
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((described.RootElement.GetProperty("resource").GetString(), described.RootElement.GetProperty("authorization_servers")[0].GetString()), Is.EqualTo((resource.GetString(), walk.Text("issuer"))));
        },
        ["frontchannel_logout_supported"] = async (walk, supported) => Assert.That((supported.GetBoolean(), await walk.FrameAsync(session: false)), Is.EqualTo((true, "https://registered.example.test/front"))),
        ["frontchannel_logout_session_supported"] = async (walk, supported) => Assert.That((supported.GetBoolean(), await walk.FrameAsync(session: true)), Is.EqualTo((true, "https://registered.example.test/front?iss&sid"))),
        ["backchannel_logout_supported"] = async (walk, supported) => Assert.That((supported.GetBoolean(), (await walk.ToldAsync("/walk")).Text("iss")), Is.EqualTo((true, walk.Text("issuer")))),
        ["backchannel_logout_session_supported"] = async (walk, supported) => Assert.That((supported.GetBoolean(), (await walk.ToldAsync("/walk-session")).Text("sid")), Is.EqualTo((true, walk.lastSession))),
    };

    private string? lastSession;

    private BrowserClient SignedIn => browser ?? throw new InvalidOperationException("Signed in when the fixture was set up.");

    private string Text(string member) => metadata.GetProperty(member).GetString()!; // a test of its own says that it is there

    /// <summary>A request for it; without a code there is nothing that PKCE could protect.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> ResponseType(string type) =>
        [new("response_type", type), .. type.Contains("code", StringComparison.Ordinal) ? [] : (KeyValuePair<string, string?>[])[new("code_challenge", null), new("code_challenge_method", null)]];

    private static string MethodOf(string algorithm) => algorithm.StartsWith("HS", StringComparison.Ordinal) ? "client_secret_jwt" : "private_key_jwt";

    private async Task<TokenAnswer> RegisterAppAsync(params (string Name, JsonNode? Value)[] more)
    {
        var registered = await RegisterAsync(Metadata(more));
        Assert.That(registered.Status, Is.EqualTo(HttpStatusCode.Created), registered.Body);
        return registered;
    }

    private Task<TokenAnswer> RegisterMachineAsync(params (string Name, JsonNode? Value)[] more) =>
        RegisterAppAsync([("grant_types", new JsonArray("client_credentials")), ("redirect_uris", null), ("scope", Api), ("response_types", new JsonArray()), .. more]);

    private RelyingParty Party(TokenAnswer app, string callback = Callback) => Server.NewRelyingParty(new TestClient(app.Text("client_id")!, app.Text("client_secret"), callback));

    private async Task<(AuthorizationAnswer Answer, TokenAnswer Tokens)> SignInAsync(TokenAnswer app, string scope, params (string Name, string? Value)[] more)
    {
        var answer = await Party(app).AuthorizeAsync(SignedIn, scope, Person, more.Select(change => KeyValuePair.Create(change.Name, change.Value)));
        Assert.That(answer.Error, Is.Null, answer.Parameters.GetValueOrDefault("error_description"));
        return (answer, (await RedeemAsync(app, answer)).Expected());
    }

    private Task<TokenAnswer> RedeemAsync(TokenAnswer app, AuthorizationAnswer answer, string callback = Callback) =>
        SendAsync(Text("token_endpoint"), app, ("grant_type", "authorization_code"), ("code", answer.Code), ("redirect_uri", callback), ("code_verifier", answer.Request.Verifier));

    /// <summary>A form post with the client authentication that the client registered.</summary>
    private async Task<TokenAnswer> SendAsync(string url, TokenAnswer app, params (string Name, string Value)[] form) => await TokenAnswer.ReadAsync(await PostAsync(url, app, "application/json", form));

    private async Task<HttpResponseMessage> PostAsync(string url, TokenAnswer app, string accept, params (string Name, string Value)[] form)
    {
        var (id, secret) = (app.Text("client_id")!, app.Text("client_secret"));
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        IEnumerable<(string, string)> credentials = [];
        switch (app.Text("token_endpoint_auth_method"))
        {
            case "client_secret_basic": request.Headers.Authorization = RelyingParty.Basic(id, secret!); break;
            case "client_secret_post": credentials = [("client_id", id), ("client_secret", secret!)]; break;
            case "none": credentials = [("client_id", id)]; break;
            default:
                var algorithm = app.Text("token_endpoint_auth_signing_alg") ?? "RS256";
                var key = algorithm switch { ['H', ..] => TestKey.Hmac(secret!), "ES256" => P256, "ES384" => P384, "ES512" => P521, _ => RsaKey };
                var now = Server.Clock.Time.GetUtcNow().ToUnixTimeSeconds();
                var claims = new Dictionary<string, object?> { ["iss"] = id, ["sub"] = id, ["aud"] = Text("issuer"), ["jti"] = Guid.NewGuid().ToString("N"), ["iat"] = now, ["exp"] = now + 60 };
                credentials = [("client_assertion_type", AssertionType), ("client_assertion", key.Sign(algorithm, claims))];
                break;
        }
        request.Content = new FormUrlEncodedContent(form.Concat(credentials).Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2)));
        return await Server.NewHttpClient().SendAsync(request);
    }

    private async Task<HttpResponseMessage> GetAsync(string url, string accessToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Authorization = new("Bearer", accessToken) } };
        return await Server.NewHttpClient().SendAsync(request);
    }

    private async Task<string> MachineTokenAsync(TokenAnswer app) => (await SendAsync(Text("token_endpoint"), app, ("grant_type", "client_credentials"), ("scope", Api))).Expected().AccessToken!;

    private async Task<bool> IsActiveAsync(TokenAnswer app, string token) => (await SendAsync(Text("introspection_endpoint"), app, ("token", token))).Expected().Json.GetProperty("active").GetBoolean();

    private async Task AuthenticateAsync(string endpoint, string method, string? algorithm = null)
    {
        algorithm ??= method switch { "client_secret_jwt" => "HS256", "private_key_jwt" => "RS256", _ => null };
        List<(string, JsonNode?)> how = [("token_endpoint_auth_method", method)];
        if (algorithm is not null) how.Add(("token_endpoint_auth_signing_alg", algorithm));
        if (method == "private_key_jwt") how.Add(("jwks", JsonNode.Parse(TestKey.Set(RsaKey, P256, P384, P521))));
        var machine = endpoint is "token_endpoint" or "introspection_endpoint" or "revocation_endpoint" && method != "none";
        var app = machine ? await RegisterMachineAsync([.. how])
            : await RegisterAppAsync([.. how, .. endpoint == "device_authorization_endpoint" ? [("grant_types", new JsonArray(DeviceJourney.GrantType)), ("redirect_uris", (JsonNode?)null), ("response_types", new JsonArray())] : (IEnumerable<(string, JsonNode?)>)[]]);

        switch (endpoint)
        {
            case "token_endpoint" when machine: await MachineTokenAsync(app); break;
            case "token_endpoint": await SignInAsync(app, "openid"); break;
            case "introspection_endpoint": Assert.That(await IsActiveAsync(app, await MachineTokenAsync(app)), Is.True); break;
            case "revocation_endpoint": (await SendAsync(Text(endpoint), app, ("token", machine ? await MachineTokenAsync(app) : (await SignInAsync(app, "openid")).Tokens.AccessToken!))).Expected(); break;
            case "device_authorization_endpoint": Assert.That((await SendAsync(Text(endpoint), app, ("scope", "openid"))).Expected().Text("user_code"), Is.Not.Null); break;
            default: Assert.That((await PushAsync(Text(endpoint), app)).Parameters, Contains.Key("code")); break;
        }
    }

    private async Task<AuthorizationAnswer> PushAsync(string url, TokenAnswer app)
    {
        var request = Party(app).NewRequest("openid");
        var pushed = await SendAsync(url, app, [.. QueryHelpers.ParseQuery(new Uri(Server.Origin, request.Url).Query).Where(p => p.Key != "client_id" || app.Text("token_endpoint_auth_method") is "client_secret_jwt" or "private_key_jwt").Select(p => (p.Key, p.Value.ToString()))]);
        Assert.That(pushed.Status, Is.EqualTo(HttpStatusCode.Created), pushed.Body);
        return await Party(app).AuthorizeAsync(SignedIn, request with { Url = QueryHelpers.AddQueryString(Text("authorization_endpoint"), new Dictionary<string, string?> { ["client_id"] = app.Text("client_id"), ["request_uri"] = pushed.Text("request_uri") }) });
    }

    private async Task ConnectDeviceAsync()
    {
        var device = await RegisterAppAsync(("grant_types", new JsonArray(DeviceJourney.GrantType)), ("redirect_uris", null), ("response_types", new JsonArray()));
        var started = (await SendAsync(Text("device_authorization_endpoint"), device, ("scope", "openid"))).Expected();
        await SignedIn.ConnectDeviceAsync(started.Text("user_code")!, Person);
        Assert.That((await SendAsync(Text("token_endpoint"), device, ("grant_type", DeviceJourney.GrantType), ("device_code", started.Text("device_code")!))).Expected().IdToken, Is.Not.Null);
    }

    private async Task UseGrantAsync(string grant)
    {
        var token = Text("token_endpoint");
        switch (grant)
        {
            case "authorization_code": await SignInAsync(await RegisterAppAsync(), "openid"); break;
            case "client_credentials": await MachineTokenAsync(await RegisterMachineAsync()); break;
            case DeviceJourney.GrantType: await ConnectDeviceAsync(); break;
            case "refresh_token":
                var refreshing = await RegisterAppAsync(("grant_types", new JsonArray("authorization_code", grant)));
                var (_, first) = await SignInAsync(refreshing, "openid offline_access");
                Assert.That((await SendAsync(token, refreshing, ("grant_type", grant), ("refresh_token", first.RefreshToken!))).Expected().AccessToken, Is.Not.EqualTo(first.AccessToken));
                break;
            case "implicit":
                var answer = await Party(await RegisterAppAsync(("grant_types", new JsonArray(grant)), ("response_types", new JsonArray("id_token")))).AuthorizeAsync(SignedIn, "openid", null, ResponseType("id_token"));
                Assert.That(answer.Parameters, Contains.Key("id_token"));
                break;
            case "password":
                var till = await RegisterAppAsync(("grant_types", new JsonArray(grant)), ("redirect_uris", null), ("response_types", new JsonArray()));
                (await SendAsync(token, till, ("grant_type", grant), ("username", Person.UserName), ("password", Person.Password), ("scope", "openid"))).Expected();
                break;
            case "urn:ietf:params:oauth:grant-type:token-exchange":
                var gateway = await RegisterAppAsync(("grant_types", new JsonArray("authorization_code", grant)), ("scope", "openid api.read api.write"));
                var (_, wide) = await SignInAsync(gateway, "openid api.read api.write");
                var narrow = (await SendAsync(token, gateway, ("grant_type", grant), ("subject_token", wide.AccessToken!), ("subject_token_type", AccessTokenType), ("scope", Api))).Expected();
                Assert.That(Jwt.Parse(narrow.AccessToken!).Text("scope"), Is.EqualTo(Api));
                break;
            case JwtBearer:
                var now = Server.Clock.Time.GetUtcNow().ToUnixTimeSeconds();
                var assertion = RsaKey.Sign("RS256", new Dictionary<string, object?> { ["iss"] = Portal, ["sub"] = Person.UserName, ["aud"] = Text("issuer"), ["jti"] = Guid.NewGuid().ToString("N"), ["iat"] = now, ["exp"] = now + 60 });
                (await Server.NewRelyingParty(new TestClient("bearer", "bearer-secret")).TokenAsync([new("grant_type", grant), new("assertion", assertion), new("scope", Api)])).Expected();
                break;
            default: Assert.Fail($"Nobody here knows the grant {grant}."); break;
        }
    }

    private async Task RefusedAsync(JsonElement supported, string parameter, string value, string error)
    {
        Assert.That(supported.GetBoolean(), Is.False);
        var answer = await Party(await RegisterAppAsync()).AuthorizeAsync(SignedIn, "openid", null, [new(parameter, value)]);
        Assert.That(answer.Error, Is.EqualTo(error));
    }

    private async Task ShowsSignInAsync(string parameter, string value, string expected)
    {
        using var browser = Server.NewBrowser();
        var page = await browser.OpenAsync(Party(await RegisterAppAsync()).NewRequest("openid", [new(parameter, value)]).Url);
        Assert.That((page.Status, page.AsksToSignIn), Is.EqualTo((HttpStatusCode.OK, true)));
        Assert.That(page.Body, Does.Contain(expected));
    }

    private async Task AssertSignedAsync(string token, string algorithm, TokenAnswer app)
    {
        var jwt = Jwt.Parse(token);
        Assert.That(jwt.Header.GetProperty("alg").GetString(), Is.EqualTo(algorithm));
        if (algorithm == "HS256")
            Assert.That(WebEncoders.Base64UrlEncode(jwt.Signature), Is.EqualTo(WebEncoders.Base64UrlEncode(System.Security.Cryptography.HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes(app.Text("client_secret")!), System.Text.Encoding.ASCII.GetBytes(jwt.SigningInput)))));
        else
            Assert.That(jwt.IsSignedBy(await Party(app).KeySetAsync()), Is.True, algorithm);
    }

    private static EncryptionKey KeyFor(string algorithm) => algorithm.StartsWith("RSA", StringComparison.Ordinal) ? RsaEncryption : EllipticEncryption;

    private static (string, JsonNode?)[] Encrypted(string what, string algorithm, string content) =>
        [("jwks", KeyFor(algorithm).KeySet.DeepClone()), (what + "_encrypted_response_alg", algorithm), (what + "_encrypted_response_enc", content), (what + "_signed_response_alg", "RS256")];

    private async Task AssertOpensAsync(string jwe, string algorithm, string content, TokenAnswer app)
    {
        var opened = await KeyFor(algorithm).OpenAsync(jwe);
        Assert.That((opened.Of("alg"), opened.Of("enc")), Is.EqualTo((algorithm, content)));
        await AssertSignedAsync(opened.Text, "RS256", app);
    }

    private async Task OpenIdTokenAsync(string algorithm, string content)
    {
        var app = await RegisterAppAsync(Encrypted("id_token", algorithm, content));
        await AssertOpensAsync((await SignInAsync(app, "openid")).Tokens.IdToken!, algorithm, content, app);
    }

    private async Task OpenUserInfoAsync(string algorithm, string content)
    {
        var app = await RegisterAppAsync(Encrypted("userinfo", algorithm, content));
        await AssertOpensAsync(await (await GetAsync(Text("userinfo_endpoint"), (await SignInAsync(app, "openid")).Tokens.AccessToken!)).Content.ReadAsStringAsync(), algorithm, content, app);
    }

    private async Task OpenIntrospectionAsync(string algorithm, string content)
    {
        var app = await RegisterMachineAsync(Encrypted("introspection", algorithm, content));
        await AssertOpensAsync(await IntrospectAsJwtAsync(app), algorithm, content, app);
    }

    private async Task<string> IntrospectAsJwtAsync(TokenAnswer app) =>
        await (await PostAsync(Text("introspection_endpoint"), app, "application/token-introspection+jwt", ("token", await MachineTokenAsync(app)))).Content.ReadAsStringAsync();

    /// <summary>The frame that the sign-out page loads for an app, with the names of its parameters.</summary>
    private async Task<string> FrameAsync(bool session)
    {
        var app = await RegisterAppAsync(("frontchannel_logout_uri", "https://registered.example.test/front"), ("frontchannel_logout_session_required", session));
        using var browser = Server.NewBrowser();
        var tokens = await RedeemAsync(app, await Party(app).AuthorizeAsync(browser, "openid", Person));
        var page = await browser.OpenAsync(QueryHelpers.AddQueryString(Text("end_session_endpoint"), "id_token_hint", tokens.IdToken!));
        var frame = new Uri(WebUtility.HtmlDecode(page.Body.Split("<iframe")[1].Split("src=\"")[1].Split('"')[0]));
        var names = string.Join('&', QueryHelpers.ParseQuery(frame.Query).Keys.Order(StringComparer.Ordinal));
        return frame.GetLeftPart(UriPartial.Path) + (names.Length == 0 ? "" : "?" + names);
    }

    /// <summary>The logout token that an app gets when its person signs out.</summary>
    private async Task<Jwt> ToldAsync(string path)
    {
        var app = await RegisterAppAsync(("backchannel_logout_uri", apps.UrlOf(path)), ("backchannel_logout_session_required", true));
        using var browser = Server.NewBrowser();
        var tokens = await RedeemAsync(app, await Party(app).AuthorizeAsync(browser, "openid", Person));
        lastSession = Jwt.Parse(tokens.IdToken!).Text("sid");
        await browser.OpenAsync(QueryHelpers.AddQueryString(Text("end_session_endpoint"), "id_token_hint", tokens.IdToken!));
        return (await apps.NextAsync(path)).Token;
    }
}
