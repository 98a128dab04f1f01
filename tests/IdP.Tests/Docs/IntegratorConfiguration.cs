using System.Text.Json.Nodes;

namespace IdP.Tests.Docs;

/// <summary>What the integrator's pages tell people to register, all files together, and a person to sign in with.</summary>
internal static class IntegratorConfiguration
{
    private const string Beginning = """
        {
          "identityResources": [
            { "name": "openid", "displayName": "Your user id", "required": true, "userClaims": ["sub"] },
            { "name": "profile", "displayName": "Your profile", "userClaims": ["name", "preferred_username"] },
            { "name": "email", "displayName": "Your e-mail address", "userClaims": ["email", "email_verified"] }
          ],
          "users": [
            { "userName": "alice", "password": "Correct-Horse-7-Battery", "email": "alice@example.test", "emailVerified": true, "name": "Alice Example" }
          ]
        }
        """;

    public static string[] Files { get; } = [.. Repository.Files("docs/integrate/snippets", "*.json")];

    public static string All()
    {
        var all = JsonNode.Parse(Beginning)!.AsObject(); // an object, three lines above
        foreach (var file in Files)
            foreach (var (section, entries) in JsonNode.Parse(Repository.Read(file))!.AsObject())
                foreach (var entry in entries!.AsArray())
                    ((JsonArray)(all[section] ??= new JsonArray())).Add(entry!.DeepClone());
        return all.ToJsonString();
    }
}
