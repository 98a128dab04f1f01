using IdP.Clients;
using IdP.Protocol.Clients;

namespace IdP.Tests.Clients;

public sealed class ClientRulesTests
{
    private const string Keys = """{"keys":[{"kty":"EC","crv":"P-256","kid":"c1","x":"F70L1KQNBAWeb8Ddn4Ow-UGoP3HSj2LsJyZK3snpB8Y","y":"Dq46cZGeV6E-5O4_dT1wkHb_Z0NOw6e8wdisPrWQKXg"}]}""";

    private static readonly HashSet<string> Scopes = ["openid", "profile", "email", "api.read"];

    [TestCase(ApplicationType.Web)]
    [TestCase(ApplicationType.Spa)]
    [TestCase(ApplicationType.Native)]
    [TestCase(ApplicationType.Machine)]
    public void The_defaults_of_every_application_type_are_valid_once_there_is_a_redirect_uri(ApplicationType type)
    {
        var settings = ClientDefaults.For(type);
        if (settings.AllowedGrantTypes.Contains(GrantTypes.AuthorizationCode)) settings.RedirectUris = ["https://app.example.com/cb"];

        Assert.That(ClientRules.Check("app", settings, Scopes, GrantTypes.Supported), Is.Empty);
        Assert.That(settings.RequirePkce, Is.True);
        Assert.That(settings.IsPublic, Is.EqualTo(type is ApplicationType.Spa or ApplicationType.Native));
    }

    [TestCase("", "clientId")]
    [TestCase("a\nb", "clientId")]
    [TestCase("é", "clientId")]
    [TestCase(" a", "clientId")]
    public void A_client_id_is_printable_ascii(string clientId, string field) =>
        Assert.That(ClientRules.Check(clientId, Valid(), Scopes, GrantTypes.Supported).Select(f => f.Field), Is.EqualTo((string[])[field]));

    private static IEnumerable<TestCaseData> Mistakes() =>
    [
        Mistake("clientName", "too_long", c => c.ClientName = new string('x', 201)),
        Mistake("clientName", "bad_character", c => c.ClientName = "safe\u202Eexe"),
        Mistake("description", "bad_character", c => c.Description = "a\u0007"),
        Mistake("clientUri", "bad_uri", c => c.ClientUri = "javascript:alert(1)"),
        Mistake("logoUri", "bad_uri", c => c.LogoUri = "data:image/png;base64,AA"),
        Mistake("tokenEndpointAuthMethod", "unsupported", c => c.TokenEndpointAuthMethod = "tls_client_auth"),
        Mistake("jwks", "bad_jwks", c => c.Jwks = "{}"),
        Mistake("jwks", "bad_jwks", c => c.Jwks = "[not json"),
        Mistake("jwks", "bad_jwks", c => c.Jwks = """{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"""),
        Mistake("jwks", "bad_jwks", c => c.Jwks = """{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}"""),
        Mistake("jwksUri", "two_key_sets", c => (c.Jwks, c.JwksUri) = (Keys, "https://a.example/keys")),
        Mistake("jwksUri", "bad_uri", c => c.JwksUri = "http://a.example/keys"),
        Mistake("securityProfile", "unsupported", c => c.SecurityProfile = "laxest"),
        Mistake("subjectType", "unsupported", c => c.SubjectType = "secret"),
        Mistake("sectorIdentifierUri", "sector_required", c => (c.SubjectType, c.RedirectUris) = ("pairwise", ["https://a.example/cb", "https://b.example/cb"])),
        Mistake("idTokenEncryptedResponseAlg", "keys_required", c => c.IdTokenEncryptedResponseAlg = "RSA-OAEP"),
        Mistake("idTokenEncryptedResponseAlg", "unsupported", c => (c.Jwks, c.IdTokenEncryptedResponseAlg) = (Keys, "RSA1_5")),
        Mistake("userInfoEncryptedResponseEnc", "algorithm_required", c => (c.Jwks, c.UserInfoEncryptedResponseEnc) = (Keys, "A128CBC-HS256")),
        Mistake("initiateLoginUri", "bad_uri", c => c.InitiateLoginUri = "http://localhost/login"),
        Mistake("frontChannelLogoutUri", "bad_uri", c => c.FrontChannelLogoutUri = "https://a.example/out#x"),
        Mistake("backChannelLogoutUri", "bad_uri", c => c.BackChannelLogoutUri = "ftp://a.example/out"),
        Mistake("refreshTokenReuseGrace", "bad_lifetime", c => c.RefreshTokenReuseGrace = 61),
        Mistake("deviceCodeLifetime", "bad_lifetime", c => c.DeviceCodeLifetime = 0),
        Mistake("defaultMaxAge", "bad_lifetime", c => c.DefaultMaxAge = -1),
        Mistake("idTokenSignedResponseAlg", "unsupported", c => c.IdTokenSignedResponseAlg = "none"),
        Mistake("accessTokenType", "unsupported", c => c.AccessTokenType = (AccessTokenType)7),
        Mistake("applicationType", "unsupported", c => c.ApplicationType = (ApplicationType)7),
        Mistake("requirePkce", "pkce_required", c => (c.RequirePkce, c.TokenEndpointAuthMethod) = (false, "none")),
        Mistake("allowedGrantTypes", "grant_required", c => c.AllowedGrantTypes = []),
        Mistake("allowedGrantTypes[1]", "unsupported", c => c.AllowedGrantTypes = ["authorization_code", "urn:example:unknown"]),
        Mistake("allowedGrantTypes[1]", "unsupported", c => c.AllowedGrantTypes = ["authorization_code", "refresh_token"]),
        Mistake("allowedGrantTypes[1]", "duplicate", c => c.AllowedGrantTypes = ["authorization_code", "authorization_code"]),
        Mistake("allowedGrantTypes[1]", "secret_required", c => (c.TokenEndpointAuthMethod, c.AllowedGrantTypes) = ("none", ["authorization_code", "client_credentials"])),
        Mistake("redirectUris", "redirect_uri_required", c => c.RedirectUris = []),
        Mistake("redirectUris[1]", "bad_redirect_uri", c => c.RedirectUris = ["https://a.example/cb", "https://*.example/cb"]),
        Mistake("redirectUris[0]", "bad_redirect_uri", c => c.RedirectUris = ["com.example.app:/cb"]),
        Mistake("redirectUris[1]", "duplicate", c => c.RedirectUris = ["https://a.example/cb", "https://a.example/cb"]),
        Mistake("redirectUris", "too_many", c => c.RedirectUris = [.. Enumerable.Range(0, 201).Select(i => $"https://a.example/{i}")]),
        Mistake("postLogoutRedirectUris[0]", "bad_redirect_uri", c => c.PostLogoutRedirectUris = ["javascript:x"]),
        Mistake("allowedCorsOrigins[0]", "bad_origin", c => c.AllowedCorsOrigins = ["https://a.example/"]),
        Mistake("allowedScopes[1]", "unknown_scope", c => c.AllowedScopes = ["openid", "nothing"]),
        Mistake("allowedScopes[0]", "unknown_scope", c => c.AllowedScopes = ["offline_access"]),
        Mistake("allowOfflineAccess", "offline_without_person", c => (c.AllowedGrantTypes, c.AllowOfflineAccess) = (["client_credentials"], true)),
        Mistake("accessTokenLifetime", "bad_lifetime", c => c.AccessTokenLifetime = 0),
        Mistake("accessTokenLifetime", "bad_lifetime", c => c.AccessTokenLifetime = 86_401),
        Mistake("identityTokenLifetime", "bad_lifetime", c => c.IdentityTokenLifetime = -1),
        Mistake("authorizationCodeLifetime", "bad_lifetime", c => c.AuthorizationCodeLifetime = 601),
        Mistake("absoluteRefreshTokenLifetime", "bad_lifetime", c => c.AbsoluteRefreshTokenLifetime = int.MaxValue),
        Mistake("slidingRefreshTokenLifetime", "bad_lifetime", c => c.SlidingRefreshTokenLifetime = 0),
        Mistake("consentLifetime", "bad_lifetime", c => c.ConsentLifetime = 0),
    ];

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_is_reported_once_at_its_field(Action<ClientSettings> make, string field, string code)
    {
        var settings = Valid();

        make(settings);

        Assert.That(ClientRules.Check("app", settings, Scopes, GrantTypes.Supported).Select(f => (f.Field, f.Code)), Is.EqualTo(((string?, string)[])[(field, code)]));
    }

    [Test]
    public void A_refused_value_is_named_together_with_what_is_supported()
    {
        var settings = Valid();
        settings.AllowedGrantTypes = ["urn:example:unknown"];
        settings.RedirectUris = [];

        Assert.That(ClientRules.Check("app", settings, Scopes, GrantTypes.Supported).Single().Message, Is.EqualTo($"\"urn:example:unknown\" is not supported; supported: {string.Join(", ", GrantTypes.Supported.Order(StringComparer.Ordinal))}."));
    }

    [Test]
    public void Settings_carry_every_property_an_administrator_decides()
    {
        string[] decidedElsewhere = ["Id", "ClientId", "ClientSecrets", "CreatedAt", "UpdatedAt", "Version", "RegistrationAccessTokenHash", "InitialAccessTokenId", "LogoFingerprint"];
        var expected = typeof(Client).GetProperties().Where(p => p.CanWrite).Select(p => p.Name).Except(decidedElsewhere);

        Assert.That(typeof(ClientSettings).GetProperties().Where(p => p.CanWrite).Select(p => p.Name), Is.EquivalentTo(expected));
    }

    [Test]
    public void Settings_are_read_from_a_client_without_loss()
    {
        var client = new Client { ClientId = "app" };
        foreach (var property in typeof(ClientSettings).GetProperties().Where(p => p.CanWrite).Select(p => typeof(Client).GetProperty(p.Name)!)) // the test above
            property.SetValue(client, Different(property.GetValue(client), property.PropertyType));

        var settings = ClientSettings.From(client);

        foreach (var property in typeof(ClientSettings).GetProperties().Where(p => p.CanWrite))
            Assert.That(property.GetValue(settings), Is.EqualTo(typeof(Client).GetProperty(property.Name)!.GetValue(client)), property.Name);
    }

    private static object Different(object? value, Type type) => value switch
    {
        bool flag => !flag,
        Enum choice => Enum.ToObject(type, Convert.ToInt32(choice, System.Globalization.CultureInfo.InvariantCulture) + 1),
        List<string> => new List<string> { "changed" },
        int number => number + 1,
        _ => type == typeof(int?) ? 17 : "changed",
    };

    private static ClientSettings Valid() => new() { AllowedGrantTypes = ["authorization_code"], RedirectUris = ["https://app.example.com/cb"], AllowedScopes = ["openid"] };

    private static TestCaseData Mistake(string field, string code, Action<ClientSettings> make) => new TestCaseData(make, field, code).SetArgDisplayNames(field, code);
}
