using System.Text.Json;
using System.Text.Json.Nodes;

namespace IdP.Testing;

/// <summary>The configuration file of the servers under test; its clients and users have their constants in <see cref="TestClients"/> and <see cref="TestUsers"/>.</summary>
public static class TestConfiguration
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Default { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configuration.json"));

    /// <summary>The default with more clients, users, … added to its lists.</summary>
    public static string With(params string[] more)
    {
        var configuration = JsonNode.Parse(Default)!.AsObject(); // all are JSON objects, or the test is wrong
        foreach (var (name, value) in more.SelectMany(part => JsonNode.Parse(part)!.AsObject()))
            if (configuration[name] is JsonArray list) foreach (var item in value!.AsArray()) list.Add(item!.DeepClone());
            else configuration[name] = value?.DeepClone();
        return configuration.ToJsonString(Indented);
    }
}
