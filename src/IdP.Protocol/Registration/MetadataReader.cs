using System.Text.Json;

namespace IdP.Protocol.Registration;

/// <summary>Reads members of a registration request by their type; the first one that is not as RFC 7591 2 wants it is the <see cref="Problem"/>. Null counts as absent (RFC 7592 2.2).</summary>
internal sealed class MetadataReader(JsonElement json)
{
    private const int MaxLength = 2000, MaxItems = 100, MaxKeySet = 20_000;

    public RegistrationProblem? Problem { get; private set; }

    public string? Text(string name) => Take(name) is not { } value ? null : TextOf(value, $"\"{name}\"");

    public List<string>? Texts(string name)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind is not JsonValueKind.Array) return Refuse<List<string>>($"\"{name}\" must be an array of strings.");
        if (value.GetArrayLength() > MaxItems) return Refuse<List<string>>($"\"{name}\" has more than {MaxItems} entries.");
        List<string> texts = [];
        foreach (var item in value.EnumerateArray())
            if (TextOf(item, $"An entry of \"{name}\"") is { } text) texts.Add(text);
        return texts;
    }

    public bool? Flag(string name) => Take(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => RefuseValue<bool>($"\"{name}\" must be true or false."),
    };

    public int? Seconds(string name) => Take(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var seconds) && seconds >= 0 => seconds,
        _ => RefuseValue<int>($"\"{name}\" must be a whole number of seconds."),
    };

    /// <summary>An object as text.</summary>
    public string? ObjectText(string name)
    {
        if (Take(name) is not { } value) return null;
        if (value.ValueKind is not JsonValueKind.Object) return Refuse<string>($"\"{name}\" must be an object.");
        var text = JsonSerializer.Serialize(value);
        return text.Length > MaxKeySet ? Refuse<string>($"\"{name}\" is longer than {MaxKeySet} characters.") : text;
    }

    private string? TextOf(JsonElement value, string what)
    {
        if (value.ValueKind is not JsonValueKind.String) return Refuse<string>($"{what} must be a string.");
        var text = value.GetString()!; // a string is never null
        if (text.Length > MaxLength) return Refuse<string>($"{what} is longer than {MaxLength} characters.");
        return text.Contains('\0') ? Refuse<string>($"{what} contains a NUL character.") : text;
    }

    private JsonElement? Take(string name) => json.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;

    private T? Refuse<T>(string sentence) where T : class
    {
        Problem ??= RegistrationProblem.Metadata(sentence);
        return null;
    }

    private T? RefuseValue<T>(string sentence) where T : struct
    {
        Problem ??= RegistrationProblem.Metadata(sentence);
        return null;
    }
}
