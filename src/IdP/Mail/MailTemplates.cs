using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace IdP.Mail;

/// <summary>A mail's three parts, ready to be sent.</summary>
public sealed record RenderedMail(string Subject, string Text, string Html);

/// <summary>
/// The texts of mails: plain text files, a folder for each language. The first line is the subject, the rest the text; a name in braces stands for a value, and one that stands alone in
/// its paragraph is a link. The HTML part is made from the same text, so both say the same. Files in the operator's folder take the place of the built-in ones.
/// </summary>
public sealed partial class MailTemplates(IOptions<MailOptions> options)
{
    private const string Prefix = "IdP.Mail.Templates.", Extension = ".txt", Fallback = "en";
    private const int MaxLength = 20_000;

    /// <summary>By language and kind.</summary>
    private readonly FrozenDictionary<(string Language, string Kind), string> _texts = BuiltIn().Concat(Own(options.Value.Templates))
        .GroupBy(text => (text.Language, text.Kind)).ToFrozenDictionary(texts => texts.Key, texts => texts.Last().Text);

    /// <summary>Languages with a text of at least one kind, as BCP 47 tags.</summary>
    public IEnumerable<string> Languages => _texts.Keys.Select(key => key.Language).Distinct();

    /// <param name="values">Texts, or instants, which are written as the language does.</param>
    public RenderedMail Render(string kind, CultureInfo culture, IReadOnlyDictionary<string, object> values)
    {
        var (language, template) = Find(kind, culture);
        var texts = values.ToDictionary(value => value.Key, value => Write(value.Value, language));
        var (subject, body) = Split(template);
        // A line break in a value (somebody's name) must not begin a header.
        return new(OneLine(Fill(subject, texts)), Fill(body, texts), Html(body, texts, language));
    }

    /// <summary>What is wrong with the operator's folder, in one sentence, or null.</summary>
    internal static string? Check(string? folder)
    {
        if (string.IsNullOrEmpty(folder)) return null;
        if (!Directory.Exists(folder)) return "Mail:Templates is no folder that can be read.";
        try
        {
            foreach (var (language, kind, text) in Own(folder))
            {
                var file = $"Mail:Templates: {language}/{kind}{Extension}";
                if (!MailKinds.All.TryGetValue(kind, out var known)) return $"{file} is the text of no mail there is; there are {string.Join(", ", MailKinds.All.Keys)}.";
                if (Split(text) is not { Subject.Length: > 0, Body.Length: > 0 }) return $"{file} has no subject in its first line, or no text after it.";
                if (Name().Matches(text).Select(match => match.Groups["name"].Value).FirstOrDefault(name => name != "name" && !known.Contains(name)) is { } unknown) return $"{file} names {{{unknown}}}; it can name {{name}}, {string.Join(", ", known.Select(name => $"{{{name}}}"))}.";
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return $"Mail:Templates cannot be read: {exception.Message}";
        }
        return null;
    }

    /// <summary>The text before anything is filled in.</summary>
    internal (string Language, string Text) Source(string kind, CultureInfo culture) => Find(kind, culture);

    private (string Language, string Text) Find(string kind, CultureInfo culture)
    {
        for (var one = culture; !string.IsNullOrEmpty(one.Name); one = one.Parent)
            if (_texts.TryGetValue((one.Name, kind), out var text))
                return (one.Name, text);
        return (Fallback, _texts[(Fallback, kind)]); // a test holds that every kind has one
    }

    private static IEnumerable<(string Language, string Kind, string Text)> BuiltIn()
    {
        foreach (var name in Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!, Encoding.UTF8); // it was listed
            var parts = name[Prefix.Length..^Extension.Length].Split('.', 2);
            yield return (parts[0], parts[1], reader.ReadToEnd().ReplaceLineEndings("\n"));
        }
    }

    private static IEnumerable<(string Language, string Kind, string Text)> Own(string? folder)
    {
        if (string.IsNullOrEmpty(folder) || !Directory.Exists(folder)) yield break;
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Extension, SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (new FileInfo(path).Length > MaxLength) throw new InvalidDataException($"{Path.GetFileName(path)} is longer than {MaxLength} bytes.");
            yield return (new DirectoryInfo(Path.GetDirectoryName(path)!).Name, Path.GetFileNameWithoutExtension(path), File.ReadAllText(path).ReplaceLineEndings("\n"));
        }
    }

    private static (string Subject, string Body) Split(string template)
    {
        var end = template.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? (template.Trim(), "") : (template[..end].Trim(), template[(end + 1)..].Trim());
    }

    private static string Write(object value, string language) => value is DateTimeOffset at
        ? at.UtcDateTime.ToString("f", CultureInfo.GetCultureInfo(language)) + " UTC"
        : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string Fill(string text, IReadOnlyDictionary<string, string> values) => Name().Replace(text, match => Value(match, values));

    private static string Html(string body, IReadOnlyDictionary<string, string> values, string language)
    {
        var html = new StringBuilder($"<!DOCTYPE html><html lang=\"{language}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"></head><body style=\"font:16px/1.5 sans-serif;margin:0;padding:24px\"><div style=\"max-width:32rem;margin:0 auto\">");
        foreach (var paragraph in body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (Alone().Match(paragraph) is { Success: true } alone && Value(alone, values) is var value)
                html.Append(IsLink(value) ? $"<p><a href=\"{WebUtility.HtmlEncode(value)}\" style=\"word-break:break-all\">{WebUtility.HtmlEncode(value)}</a></p>" : $"<p style=\"font-size:1.5em\"><strong>{WebUtility.HtmlEncode(value)}</strong></p>");
            else
                html.Append("<p>").Append(Name().Replace(WebUtility.HtmlEncode(paragraph).Replace("\n", "<br>", StringComparison.Ordinal), match => WebUtility.HtmlEncode(Value(match, values)))).Append("</p>");
        }
        return html.Append("</div></body></html>").ToString();
    }

    private static bool IsLink(string value) => value.StartsWith("https://", StringComparison.Ordinal) || value.StartsWith("http://", StringComparison.Ordinal);

    private static string Value(Match match, IReadOnlyDictionary<string, string> values) =>
        values.TryGetValue(match.Groups["name"].Value, out var value) ? value : throw new InvalidOperationException($"The mail template names {{{match.Groups["name"].Value}}}, which nobody gave.");

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    [GeneratedRegex(@"\{(?<name>[a-z_]+)\}")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A\s*\{(?<name>[a-z_]+)\}\s*\z")]
    private static partial Regex Alone();
}
