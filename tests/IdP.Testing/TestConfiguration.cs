using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Credentials.Passwords;
using IdP.Protocol.Clients;
using IdP.Users;
using Microsoft.Extensions.Options;

namespace IdP.Testing;

/// <summary>The configuration file of the servers under test; its clients and users have their constants in <see cref="TestClients"/> and <see cref="TestUsers"/>.</summary>
public static class TestConfiguration
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Secrets and passwords are hashed once for all fixtures: as in production, but for the iterations of the client secrets.</summary>
    public static string Default { get; } = Hashed(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configuration.json")));

    /// <summary>The default with more clients, users, … added to its lists.</summary>
    public static string With(params string[] more)
    {
        var configuration = JsonNode.Parse(Default)!.AsObject(); // all are JSON objects, or the test is wrong
        foreach (var (name, value) in more.SelectMany(part => JsonNode.Parse(part)!.AsObject()))
            if (configuration[name] is JsonArray list) foreach (var item in value!.AsArray()) list.Add(item!.DeepClone());
            else configuration[name] = value?.DeepClone();
        return configuration.ToJsonString(Indented);
    }

    private static string Hashed(string json)
    {
        var configuration = JsonNode.Parse(json)!.AsObject(); // our own file
        foreach (var secret in configuration.SelectMany(list => list.Value!.AsArray()).SelectMany(item => (JsonArray[])[.. ((string[])["clientSecrets", "apiSecrets"]).Select(name => item![name]).OfType<JsonArray>()]).SelectMany(secrets => secrets))
        {
            var value = secret!["value"]!.GetValue<string>();
            secret.AsObject().Remove("value");
            secret["hash"] = SecretHash(value);
        }
        var hasher = new PasswordHasher(Options.Create(new PasswordHashOptions()));
        foreach (var user in configuration["users"]!.AsArray().Select(user => user!.AsObject()))
        {
            var hash = hasher.HashPassword(new User(), user["password"]!.GetValue<string>());
            user.Remove("password");
            user["passwordHash"] = new JsonObject { ["format"] = "argon2id", ["value"] = hash };
        }
        return configuration.ToJsonString(Indented);
    }

    /// <summary>As a secret is stored that somebody chose (<see cref="SecretHasher.HashChosen"/>).</summary>
    private static string SecretHash(string secret)
    {
        const int iterations = 1000;
        var salt = RandomNumberGenerator.GetBytes(16);
        return FormattableString.Invariant($"pbkdf2-sha256${iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(secret), salt, iterations, HashAlgorithmName.SHA256, 32))}");
    }
}
