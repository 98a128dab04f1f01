using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IdP.Configuration;

/// <summary>
/// Reads one JSON object strictly: each value must have the asked type, and what was not asked for is an error at <see cref="Finish"/>. A setter runs
/// only when the property is there and readable, so absent properties leave what was before.
/// </summary>
internal sealed partial class ObjectReader
{
    private static readonly JsonElement Nothing = JsonDocument.Parse("{}").RootElement;

    private readonly Dictionary<string, JsonElement> _properties = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly ReadLog _log;
    private readonly string _place;

    private ObjectReader(JsonElement element, string path, ReadLog log)
    {
        (Path, _log, _place) = (path, log, Index().Replace(path, "[]"));
        foreach (var property in element.EnumerateObject())
            if (!_properties.TryAdd(property.Name, property.Value))
                log.Add(At(property.Name), "duplicate", "This property stands here twice.");
    }

    /// <summary>JSON path of this object, such as <c>$.clients[2]</c>.</summary>
    public string Path { get; }

    public static ObjectReader? Of(JsonElement element, string path, ReadLog log)
    {
        if (element.ValueKind is JsonValueKind.Object) return new ObjectReader(element, path, log);
        log.Add(path, "wrong_type", $"An object is expected here, not {Describe(element)}.");
        return null;
    }

    public string At(string name) => Identifier().IsMatch(name) ? $"{Path}.{name}" : $"{Path}[{JsonSerializer.Serialize(name)}]";

    public bool Has(string name) => _properties.ContainsKey(name);

    public void Text(string name, Action<string> set) => Read(name, JsonValueKind.String, "a string", value => set(value.GetString()!)); // a string is never null

    /// <summary>As <see cref="Text"/>, where null means none.</summary>
    public void OptionalText(string name, Action<string?> set)
    {
        if (IsNull(name)) set(null);
        else Text(name, set);
    }

    public string? RequiredText(string name)
    {
        string? text = null;
        Text(name, value => text = value);
        if (!Has(name)) _log.Add(At(name), "required", "This property is required.");
        return text;
    }

    public void Flag(string name, Action<bool> set)
    {
        if (Take(name) is not { } value) return;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) set(value.GetBoolean());
        else WrongType(name, "true or false", value);
    }

    public void Number(string name, Action<int> set) => Read(name, JsonValueKind.Number, "a whole number", value =>
    {
        if (value.TryGetInt32(out var number)) set(number);
        else _log.Add(At(name), "wrong_type", "A whole number of at most 2147483647 is expected here.");
    });

    public void OptionalNumber(string name, Action<int?> set)
    {
        if (IsNull(name)) set(null);
        else Number(name, number => set(number));
    }

    public void Choice<T>(string name, Action<T> set) where T : struct, Enum => Text(name, text =>
    {
        foreach (var choice in Enum.GetValues<T>())
            if (JsonNamingPolicy.CamelCase.ConvertName(choice.ToString()) == text)
            {
                set(choice);
                return;
            }
        var choices = Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName);
        _log.Add(At(name), "unsupported", $"\"{text}\" is not supported yet; supported: {string.Join(", ", choices)}.");
    });

    /// <summary>An instant, cut to what both databases keep.</summary>
    public void Instant(string name, Action<DateTimeOffset?> set)
    {
        if (IsNull(name)) set(null);
        else Text(name, text =>
        {
            if (Zone().IsMatch(text) && DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant))
                set(instant.ToUniversalTime().AddTicks(-(instant.Ticks % TimeSpan.TicksPerMicrosecond)));
            else _log.Add(At(name), "bad_instant", "A date and time with zone is expected here, such as 2030-01-01T00:00:00Z (RFC 3339).");
        });
    }

    public void Texts(string name, Action<List<string>> set)
    {
        if (Items(name) is not { } items) return;
        List<string> texts = [];
        foreach (var (element, path) in items)
            if (element.ValueKind is JsonValueKind.String) texts.Add(element.GetString()!); // a string is never null
            else _log.Add(path, "wrong_type", $"A string is expected here, not {Describe(element)}.");
        if (texts.Count == items.Count) set(texts);
    }

    /// <summary>The objects of an array; null when the property is absent or no array.</summary>
    public List<ObjectReader>? Objects(string name) =>
        Items(name)?.ConvertAll(item => Of(item.Element, item.Path, _log) ?? new ObjectReader(Nothing, item.Path, _log)); // keeps the indices of the others

    public ObjectReader? Object(string name) => Take(name) is { } value ? Of(value, At(name), _log) : null;

    /// <summary>An object kept as text without blanks, where null means none.</summary>
    public void OptionalObjectText(string name, Action<string?> set)
    {
        if (IsNull(name)) set(null);
        else if (Object(name) is not null && RequiredJson(name) is { } json) set(json.ToJsonString());
    }

    /// <summary>Any JSON value but null.</summary>
    public JsonNode? RequiredJson(string name)
    {
        if (Take(name) is not { } value)
        {
            _log.Add(At(name), "required", "This property is required.");
            return null;
        }
        var before = _log.Failures.Count;
        if (value.ValueKind is JsonValueKind.Null) WrongType(name, "a value", value);
        CheckDuplicates(value, At(name));
        return _log.Failures.Count > before ? null : JsonNode.Parse(value.GetRawText());
    }

    /// <summary>A property of a feature that is still to come: refused by name, unless it has the value that says what happens anyway.</summary>
    public void NotYet(string name, string? accepted = null)
    {
        _asked.Add(name);
        if (accepted is not null) _log.Ask(_place, name); // else the schema does not know it
        if (_properties.TryGetValue(name, out var value) && (accepted is null || value.GetRawText() != accepted))
            _log.Add(At(name), "unsupported", accepted is null ? $"\"{name}\" is not supported yet." : $"\"{name}\" is not supported yet except with the value {accepted}.");
    }

    /// <summary>Reports what nobody asked for.</summary>
    public void Finish()
    {
        foreach (var name in _properties.Keys.Where(name => !_asked.Contains(name)))
        {
            var similar = Spelling.Nearest(name, _asked);
            _log.Add(At(name), "unknown_property", similar is null ? "There is no such property." : $"There is no such property; did you mean \"{similar}\"?");
        }
    }

    private JsonElement? Take(string name)
    {
        _asked.Add(name);
        _log.Ask(_place, name);
        return _properties.TryGetValue(name, out var value) ? value : null;
    }

    private bool IsNull(string name) => Take(name) is { ValueKind: JsonValueKind.Null };

    private void Read(string name, JsonValueKind kind, string expected, Action<JsonElement> read)
    {
        if (Take(name) is not { } value) return;
        if (value.ValueKind == kind) read(value);
        else WrongType(name, expected, value);
    }

    private List<(JsonElement Element, string Path)>? Items(string name)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.Array)
            return [.. value.EnumerateArray().Select((element, i) => (element, string.Create(CultureInfo.InvariantCulture, $"{At(name)}[{i}]")))];
        WrongType(name, "an array", value);
        return null;
    }

    private void CheckDuplicates(JsonElement value, string path)
    {
        if (value.ValueKind is JsonValueKind.Object && Of(value, path, _log) is { } reader)
            foreach (var (name, inner) in reader._properties)
                CheckDuplicates(inner, reader.At(name));
        else if (value.ValueKind is JsonValueKind.Array)
            foreach (var (inner, i) in value.EnumerateArray().Select((inner, i) => (inner, i)))
                CheckDuplicates(inner, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
    }

    private void WrongType(string name, string expected, JsonElement found) =>
        _log.Add(At(name), "wrong_type", $"{char.ToUpperInvariant(expected[0])}{expected[1..]} is expected here, not {Describe(found)}.");

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => element.GetRawText(),
    };

    [GeneratedRegex(@"\[[0-9]+\]")]
    private static partial Regex Index();

    [GeneratedRegex(@"(Z|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex Zone();

    [GeneratedRegex(@"^[$A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Identifier();
}
