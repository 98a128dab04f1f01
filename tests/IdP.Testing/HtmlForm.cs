using System.Net;
using System.Text.RegularExpressions;

namespace IdP.Testing;

/// <summary>One form of a page as a browser without script would see it.</summary>
public sealed partial class HtmlForm
{
    private HtmlForm(Uri action, HttpMethod method, IReadOnlyList<Field> fields, IReadOnlyList<Field> buttons)
    {
        Action = action;
        Method = method;
        Fields = fields;
        Buttons = buttons;
    }

    public Uri Action { get; }

    public HttpMethod Method { get; }

    /// <summary>Everything that can be sent, in document order; of the boxes and options only the ticked are sent as they stand.</summary>
    public IReadOnlyList<Field> Fields { get; }

    public IReadOnlyList<Field> Buttons { get; }

    public Field this[string name] => Fields.First(field => field.Name == name);

    public bool Has(string name) => Fields.Any(field => field.Name == name);

    public static IReadOnlyList<HtmlForm> ParseAll(string html, Uri page) =>
        [.. FormElement().Matches(Comment().Replace(html, "")).Select(form => Parse(form, page))];

    /// <summary>What the browser would send: the form's values, some of them replaced, and the pressed button.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fill(IEnumerable<KeyValuePair<string, string>> values, KeyValuePair<string, string>? button = null)
    {
        var typed = values.ToLookup(value => value.Key, value => value.Value);
        var unknown = typed.Select(value => value.Key).Where(name => !Has(name)).ToArray();
        if (unknown.Length > 0) throw new InvalidOperationException($"The form has no field {string.Join(", ", unknown)}; it has {string.Join(", ", Fields.Select(field => field.Name))}.");

        var kept = Fields.Where(field => field.Sent && !typed.Contains(field.Name)).Select(field => KeyValuePair.Create(field.Name, field.Value));
        var replaced = typed.SelectMany(value => value.Select(text => KeyValuePair.Create(value.Key, text)));
        return [.. kept, .. replaced, .. button is null ? [] : (KeyValuePair<string, string>[])[button.Value]];
    }

    private static HtmlForm Parse(Match form, Uri page)
    {
        var attributes = Attributes(form.Groups["attributes"].Value);
        var action = attributes.GetValueOrDefault("action", "");
        var fields = new List<Field>();
        var buttons = new List<Field>();
        foreach (Match element in Control().Matches(form.Groups["content"].Value))
        {
            var control = Attributes(element.Groups["attributes"].Value);
            if (!control.TryGetValue("name", out var name) || control.ContainsKey("disabled")) continue;
            var tag = element.Groups["tag"].Value.ToLowerInvariant();
            var type = control.GetValueOrDefault("type", tag is "button" ? "submit" : "text").ToLowerInvariant();
            if (tag is "textarea") fields.Add(new Field(name, WebUtility.HtmlDecode(element.Groups["content"].Value), "textarea", Sent: true));
            else if (tag is "select") fields.Add(SelectField(name, element.Groups["content"].Value));
            else if (type is "submit") buttons.Add(new Field(name, control.GetValueOrDefault("value", ""), type, Sent: false));
            else if (type is "checkbox" or "radio") fields.Add(new Field(name, control.GetValueOrDefault("value", "on"), type, control.ContainsKey("checked")));
            else if (type is not ("button" or "reset" or "image" or "file")) fields.Add(new Field(name, control.GetValueOrDefault("value", ""), type, Sent: true));
        }

        var method = attributes.GetValueOrDefault("method", "get").Equals("post", StringComparison.OrdinalIgnoreCase) ? HttpMethod.Post : HttpMethod.Get;
        return new HtmlForm(action.Length == 0 ? page : new Uri(page, action), method, fields, buttons);
    }

    private static Field SelectField(string name, string content)
    {
        var options = Option().Matches(content)
            .Select(option => (Attributes: Attributes(option.Groups["attributes"].Value), Text: WebUtility.HtmlDecode(option.Groups["content"].Value).Trim()))
            .ToArray();
        var chosen = options.FirstOrDefault(option => option.Attributes.ContainsKey("selected"), options.FirstOrDefault());
        return new Field(name, chosen.Attributes?.GetValueOrDefault("value", chosen.Text) ?? "", "select", Sent: options.Length > 0);
    }

    private static Dictionary<string, string> Attributes(string text)
    {
        var attributes = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match attribute in Attribute().Matches(text))
            attributes.TryAdd(attribute.Groups["name"].Value, WebUtility.HtmlDecode(attribute.Groups["value"].Value));
        return attributes;
    }

    public sealed record Field(string Name, string Value, string Type, bool Sent);

    private const string AttributeList = """(?<attributes>(?:[^<>"']|"[^"]*"|'[^']*')*)""";
    private const RegexOptions Html = RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.ExplicitCapture;

    [GeneratedRegex("<!--.*?-->", Html)]
    private static partial Regex Comment();

    [GeneratedRegex("<form(?=[ \n>])" + AttributeList + ">(?<content>.*?)</form>", Html)]
    private static partial Regex FormElement();

    [GeneratedRegex("<(?<tag>input|button)(?=[ \n/>])" + AttributeList + ">|<(?<tag>textarea|select)(?=[ \n>])" + AttributeList + ">(?<content>.*?)</(textarea|select)>", Html)]
    private static partial Regex Control();

    [GeneratedRegex("<option(?=[ \n>])" + AttributeList + ">(?<content>[^<]*)", Html)]
    private static partial Regex Option();

    [GeneratedRegex("""(?<name>[^\s=/"'>]+)(\s*=\s*("(?<value>[^"]*)"|'(?<value>[^']*)'|(?<value>[^\s"'>]+)))?""", Html)]
    private static partial Regex Attribute();
}
