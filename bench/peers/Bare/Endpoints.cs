using System.Buffers.Text;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Bare;

/// <summary>What Kestrel alone needs to answer the same bytes, and to sign one token: no routing, no logging, no protocol.</summary>
internal static class Endpoints
{
    private const int Lifetime = 3600;

    private static readonly byte[] Header = Encode("""{"alg":"RS256","kid":"1A2B3C4D5E6F708192A3B4C5D6E7F809","typ":"at+jwt"}"""u8);
    private static readonly RSA Key = RSA.Create(2048);

    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        await using var app = builder.Build();
        var discovery = await File.ReadAllBytesAsync(Setting(app, "Discovery"));
        var keySet = await File.ReadAllBytesAsync(Setting(app, "KeySet"));
        app.Run(context => context.Request.Path.Value switch
        {
            "/.well-known/openid-configuration" => AnswerAsync(context, discovery),
            "/.well-known/openid-configuration/jwks" => AnswerAsync(context, keySet),
            "/connect/token" => SignAsync(context),
            _ => AnswerAsync(context, "{}"u8.ToArray()),
        });
        await app.RunAsync();
        return 0;
    }

    private static string Setting(WebApplication app, string name) => app.Configuration[name] ?? throw new InvalidOperationException($"The setting {name} is missing.");

    private static async Task SignAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        ReadResult read;
        do
        {
            read = await body.ReadAsync(context.RequestAborted);
            body.AdvanceTo(read.Buffer.End);
        }
        while (!read.IsCompleted);

        await AnswerAsync(context, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["access_token"] = Token(), ["token_type"] = "Bearer", ["expires_in"] = Lifetime, ["scope"] = "api.read" }));
    }

    private static string Token()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = Encode(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["iss"] = "http://localhost:5000",
            ["exp"] = now + Lifetime,
            ["iat"] = now,
            ["aud"] = "urn:bench:api",
            ["scope"] = "api.read",
            ["jti"] = Guid.NewGuid(),
            ["sub"] = "service",
            ["client_id"] = "service",
        }));
        byte[] input = [.. Header, (byte)'.', .. claims];
        return Encoding.ASCII.GetString(input) + "." + Encoding.ASCII.GetString(Encode(Key.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
    }

    private static byte[] Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToUtf8(bytes);

    private static async Task AnswerAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentType = "application/json;charset=UTF-8";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
