using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IdP.Clients;
using IdP.Configuration;
using NJsonSchema;

namespace IdP.Tests.Configuration;

/// <summary>docs/config.schema.json says what the parser does: neither knows a property, an obligation, a value or a default that the other does not.</summary>
public sealed partial class SchemaTests(DatabaseKind database) : OperationTest(database)
{
    private static readonly JsonNode Schema = JsonNode.Parse(Repository.Read("docs/config.schema.json"))!;

    private static IEnumerable<TestCaseData> Files()
    {
        foreach (var file in (string[])["src/IdP/Configuration/demo.json", "tests/IdP.Testing/configuration.json", .. Repository.Files("docs/integrate/snippets", "*.json")])
            yield return new TestCaseData(Repository.Read(file)).SetArgDisplayNames(file);
        foreach (var page in (string[])["docs/configuration-file.md", "docs/portal.md"])
            foreach (var (block, i) in JsonBlock().Matches(Repository.Read(page)).Select((match, i) => (match.Groups[1].Value, i)))
                yield return new TestCaseData(block).SetArgDisplayNames($"{page}, block {i + 1}");
    }

    /// <summary>The integrator's pages build on the scopes of the demo data.</summary>
    [OneTimeSetUp]
    public async Task ApplyDemoDataAsync() => await SucceedAsync<ConfigurationFile, ConfigurationPlan>(c => c.ApplyAsync(DemoConfiguration.Read(), CancellationToken.None));

    [TestCaseSource(nameof(Files))]
    public async Task Every_file_of_the_repository_satisfies_schema_and_parser(string json)
    {
        var schema = await JsonSchema.FromJsonAsync(Schema.ToJsonString());

        Assert.That(schema.Validate(json).Select(error => $"{error.Path}: {error.Kind}"), Is.Empty);
        Assert.That((await ReadAsync(JsonNode.Parse(json)!)).Failures.Select(ApplyCommand.Sentence), Is.Empty);
    }

    [Test]
    public async Task The_parser_reads_exactly_the_properties_of_the_schema()
    {
        var log = await ReadAsync(Sample(Schema));

        var known = log.Known.SelectMany(place => place.Value.Select(name => $"{place.Key}.{name}"));
        Assert.That(known, Is.EquivalentTo(Properties(Schema, "$").Select(p => p.Path)));
    }

    [Test]
    public async Task The_parser_demands_exactly_what_the_schema_requires()
    {
        var log = await ReadAsync(Sample(Schema, empty: true));

        var demanded = log.Failures.Where(f => f.Code == "required").Select(f => Index().Replace(f.Field!, "[]"));
        Assert.That(demanded.Distinct(), Is.EquivalentTo(Required(Schema, "$").Where(path => !IsInside(path))));

        // An empty secret, claim or membership is inside an object that is empty itself here; they have a test of their own below.
        static bool IsInside(string path) => path.Contains("claims", StringComparison.Ordinal) || path.Contains(".organizations[].name", StringComparison.Ordinal) && path.Contains("users", StringComparison.Ordinal)
            || path.Contains("domains", StringComparison.Ordinal) || path.Contains("passwordHash", StringComparison.Ordinal);
    }

    [TestCase("""{"users":[{"userName":"u","claims":[{}]}]}""", "$.users[0].claims[0].type", "$.users[0].claims[0].value")]
    [TestCase("""{"users":[{"userName":"u","organizations":[{}]}]}""", "$.users[0].organizations[0].name")]
    [TestCase("""{"users":[{"userName":"u","passwordHash":{}}]}""", "$.users[0].passwordHash.format", "$.users[0].passwordHash.value")]
    [TestCase("""{"organizations":[{"name":"o","domains":[{}]}]}""", "$.organizations[0].domains[0].name")]
    public async Task What_is_required_inside_is_demanded_too(string json, params string[] paths)
    {
        var log = await ReadAsync(JsonNode.Parse(json)!);

        Assert.That(log.Failures.Where(f => f.Code == "required").Select(f => f.Field), Is.EquivalentTo(paths));
    }

    [Test]
    public async Task Every_value_that_the_schema_lists_is_taken_and_another_is_not()
    {
        var lists = Properties(Schema, "$").Where(p => (p.Schema["enum"] ?? p.Schema["items"]?["enum"]) is not null).ToList();
        Assert.That(lists, Has.Count.GreaterThanOrEqualTo(6));
        foreach (var (path, schema) in lists)
        {
            var isList = schema["enum"] is null;
            foreach (var value in (schema["enum"] ?? schema["items"]!["enum"])!.AsArray().Select(v => v!.GetValue<string>()))
                Assert.That(await RefusesAsync(path, isList, value), Is.False, $"{path}: {value}");
            Assert.That(await RefusesAsync(path, isList, "no-such-value"), Is.True, path);
        }

        async Task<bool> RefusesAsync(string path, bool isList, string value)
        {
            var file = Sample(Schema);
            file["users"]![0]!.AsObject().Remove("password"); // excludes a hash
            Set(file, path, isList ? new JsonArray(value) : value);
            return (await ReadAsync(file)).Failures.Any(f => f.Code == "unsupported" && Index().Replace(f.Field!, "[]").StartsWith(path, StringComparison.Ordinal));
        }
    }

    [Test]
    public void The_defaults_of_a_client_are_those_of_the_schema()
    {
        var settings = new ClientSettings();
        var documented = Properties(Schema, "$").Where(p => p.Path.StartsWith("$.clients[].", StringComparison.Ordinal) && p.Schema["default"] is not null).ToList();

        Assert.That(documented, Has.Count.GreaterThan(10));
        foreach (var (path, schema) in documented)
        {
            var name = path["$.clients[].".Length..];
            var value = typeof(ClientSettings).GetProperty(char.ToUpperInvariant(name[0]) + name[1..])?.GetValue(settings);
            var text = value switch { bool flag => flag ? "true" : "false", Enum choice => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(choice.ToString()), _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) };
            Assert.That(schema["default"]!.ToString(), Is.EqualTo(text), name);
        }
    }

    private async Task<ReadLog> ReadAsync(JsonNode file) => await RunAsync<ConfigurationFile, ReadLog>(async configuration =>
        (await configuration.DraftAsync(Encoding.UTF8.GetBytes(file.ToJsonString()), new ReadLog(), CancellationToken.None)).Log);

    /// <summary>A value of the schema's shape: every property once, one entry in every list.</summary>
    private static JsonNode Sample(JsonNode schema, bool empty = false)
    {
        var type = schema["type"] is JsonArray types ? types[0]!.GetValue<string>() : schema["type"]?.GetValue<string>();
        switch (type)
        {
            case "object":
                var result = new JsonObject();
                foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
                    if (!empty || property!["type"]?.ToString() == "array" && property["items"]?["type"]?.ToString() == "object" && property["maxItems"]?.ToString() != "10")
                        result[name] = Sample(property!, empty);
                return result;
            case "array":
                return schema["maxItems"]?.ToString() == "0" ? new JsonArray() : new JsonArray(empty ? new JsonObject() : Sample(schema["items"]!));
            case "boolean":
                return true;
            case "integer":
                return 60;
            default:
                return schema["enum"]?[0]?.DeepClone() ?? "x";
        }
    }

    private static IEnumerable<(string Path, JsonNode Schema)> Properties(JsonNode schema, string place)
    {
        if (schema["items"] is { } items && items is JsonObject { Count: > 0 }) return Properties(items, place + "[]");
        return schema["properties"]?.AsObject().SelectMany(p => ((string, JsonNode)[])[($"{place}.{p.Key}", p.Value!), .. Properties(p.Value!, $"{place}.{p.Key}")]) ?? [];
    }

    private static IEnumerable<string> Required(JsonNode schema, string place)
    {
        if (schema["items"] is { } items && items is JsonObject { Count: > 0 }) return Required(items, place + "[]");
        return (schema["required"]?.AsArray().Select(name => $"{place}.{name}") ?? []).Concat(schema["properties"]?.AsObject().SelectMany(p => Required(p.Value!, $"{place}.{p.Key}")) ?? []);
    }

    private static void Set(JsonNode file, string path, JsonNode value)
    {
        var parts = path.Split('.')[1..];
        var at = file;
        foreach (var part in parts[..^1]) at = part.EndsWith("[]", StringComparison.Ordinal) ? at[part[..^2]]![0]! : at[part]!;
        at[parts[^1]] = value;
    }

    [GeneratedRegex(@"\[[0-9]+\]")]
    private static partial Regex Index();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();
}
