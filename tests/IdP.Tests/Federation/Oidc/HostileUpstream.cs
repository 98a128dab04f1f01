using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace IdP.Tests.Federation.Oidc;

/// <summary>Providers that answer as they are told, each below a path of one site. As they are made they are honest.</summary>
public sealed class HostileUpstream : IAsyncDisposable
{
    public const string ClientId = "idp";

    private readonly ConcurrentDictionary<string, HostileProvider> providers = new();
    private LoopbackSite? site;

    public async Task StartAsync() => site = await LoopbackSite.StartAsync(AnswerAsync);

    public HostileProvider Add(string name) => providers[name] = new HostileProvider(name, site!.Origin.GetLeftPart(UriPartial.Authority) + "/" + name); // started before

    public async ValueTask DisposeAsync()
    {
        if (site is not null) await site.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext http)
    {
        var parts = http.Request.Path.Value!.Split('/', 3); // a request has a path
        return parts.Length == 3 && providers.TryGetValue(parts[1], out var provider) && provider.Answers.TryGetValue(parts[2], out var answer) ? answer(http) : Status(http, 404);
    }

    private static Task Status(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}

/// <summary>One of them.</summary>
public sealed class HostileProvider
{
    private static readonly TestKey Honest = TestKey.Rsa("honest");

    public HostileProvider(string name, string issuer)
    {
        (Name, Issuer) = (name, issuer);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Claims = new() { ["iss"] = issuer, ["sub"] = "sub-" + name, ["aud"] = HostileUpstream.ClientId, ["exp"] = now + 7200, ["iat"] = now, ["nonce"] = "", ["name"] = "Some Body", ["email"] = $"{name}@acme.test", ["email_verified"] = true };
        Metadata = new()
        {
            ["issuer"] = issuer, ["authorization_endpoint"] = issuer + "/authorize", ["token_endpoint"] = issuer + "/token", ["jwks_uri"] = issuer + "/jwks", ["userinfo_endpoint"] = issuer + "/userinfo",
        };
        UserInfo = new() { ["sub"] = "sub-" + name };
        Answers[".well-known/openid-configuration"] = http => Json(http, Metadata);
        Answers["jwks"] = http => Text(http, TestKey.Set(Honest));
        Answers["token"] = http => Json(http, new Dictionary<string, object?> { ["access_token"] = "at", ["token_type"] = "Bearer", ["id_token"] = Token() });
        Answers["userinfo"] = http => Json(http, UserInfo);
    }

    public string Name { get; }

    public string Issuer { get; }

    public Dictionary<string, object?> Claims { get; }

    public Dictionary<string, object?> Header { get; } = [];

    public Dictionary<string, object?> Metadata { get; }

    public Dictionary<string, object?> UserInfo { get; }

    public ConcurrentDictionary<string, RequestDelegate> Answers { get; } = new();

    public string Algorithm { get; set; } = "RS256";

    public TestKey Key { get; set; } = Honest;

    public static TestKey PublicKeyAsSecret => TestKey.Hmac(Honest.ToPem());

    /// <summary>Overrides what the browser brings back.</summary>
    public string Callback { get; set; } = "";

    public string Token() => Algorithm == "none"
        ? $"{Base64("""{"alg":"none","typ":"JWT"}""")}.{Base64(JsonSerializer.Serialize(Claims))}."
        : Key.Sign(Algorithm, Claims, Header);

    public static Task Json(HttpContext http, IReadOnlyDictionary<string, object?> json) => Text(http, JsonSerializer.Serialize(json));

    public static Task Text(HttpContext http, string text, string type = "application/json")
    {
        http.Response.ContentType = type;
        return http.Response.WriteAsync(text);
    }

    public static async Task Flood(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        var part = new byte[64 * 1024];
        Array.Fill(part, (byte)' ');
        for (var sent = 0; sent < 10 * 1024 * 1024 && !http.RequestAborted.IsCancellationRequested; sent += part.Length) await http.Response.Body.WriteAsync(part, http.RequestAborted);
    }

    public static Task Redirect(HttpContext http, string address)
    {
        http.Response.StatusCode = 302;
        http.Response.Headers.Location = address;
        return Task.CompletedTask;
    }

    public static Task Silence(HttpContext http) => Task.Delay(TimeSpan.FromSeconds(20), http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
