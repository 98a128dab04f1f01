using System.Collections.Frozen;
using System.Globalization;

namespace IdP.Protocol.Languages;

/// <summary>A language that pages and mails are written in, by its BCP 47 tag.</summary>
/// <param name="Tag">Such as <c>de</c> or <c>zh-Hans</c>.</param>
/// <param name="Name">Its own name for itself.</param>
public sealed record Language(string Tag, string Name)
{
    /// <summary>More tags than this, or longer ones (RFC 5646 4.4.1), nobody means.</summary>
    private const int MaxRanges = 20, MaxTag = 35;

    /// <summary>The language of last resort.</summary>
    public static readonly Language English = new("en", "English");

    /// <summary>All of them, as metadata and menus list them.</summary>
    public static IReadOnlyList<Language> All { get; } =
    [
        English, new("de", "Deutsch"), new("es", "Español"), new("fr", "Français"), new("it", "Italiano"), new("nl", "Nederlands"), new("pl", "Polski"), new("pt", "Português"),
        new("ja", "日本語"), new("zh-Hans", "简体中文"),
    ];

    /// <summary>Any Chinese is nearer to what a reader of Chinese knows than English is.</summary>
    private const string AnyChinese = "zh";

    private static readonly FrozenDictionary<string, Language> ByTag = All.ToFrozenDictionary(language => language.Tag, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// How dates and numbers are written in it, and by what name its texts are found: by the first subtag, because without culture data .NET spells the others in capitals (<c>zh-HANS</c>), and
    /// then finds no file.
    /// </summary>
    public CultureInfo Culture { get; } = CultureInfo.GetCultureInfo(Tag.Split('-')[0]);

    /// <summary>The language with exactly this tag.</summary>
    public static Language? Find(string? tag) => tag is { Length: > 0 and <= MaxTag } && ByTag.TryGetValue(tag, out var language) ? language : null;

    /// <summary>The language of what is being written; see <see cref="Culture"/>.</summary>
    public static Language Current => All.FirstOrDefault(language => language.Culture.Name == CultureInfo.CurrentUICulture.Name) ?? English;

    /// <summary>The first of these ranges that a language matches (RFC 4647 3.4, lookup); null when none does. What is no range is passed over.</summary>
    public static Language? Lookup(IEnumerable<string> ranges) => ranges.Take(MaxRanges).Select(Lookup).FirstOrDefault(language => language is not null);

    /// <summary>The same for a list with spaces between, as in <c>ui_locales</c> (OpenID Connect Core 3.1.2.1); looks no further than a list of sensible length goes.</summary>
    public static Language? LookupList(string? list)
    {
        if (list is null) return null;
        var ranges = new List<string>();
        foreach (var part in list.AsSpan(0, Math.Min(list.Length, MaxRanges * (MaxTag + 1))).Split(' '))
            if (!list.AsSpan()[part].IsEmpty) ranges.Add(list[part]);
        return Lookup(ranges);
    }

    private static Language? Lookup(string range)
    {
        if (range.Length > MaxTag) return null;
        for (var rest = range; rest.Length > 0; rest = Shortened(rest))
        {
            if (ByTag.TryGetValue(rest, out var language)) return language;
            if (rest.Equals(AnyChinese, StringComparison.OrdinalIgnoreCase)) return ByTag["zh-Hans"];
        }
        return null;
    }

    /// <summary>Without the last subtag, and without the single letter that announced it.</summary>
    private static string Shortened(string range)
    {
        var end = range.LastIndexOf('-');
        if (end >= 2 && range[end - 2] == '-') end -= 2;
        return end < 0 ? "" : range[..end];
    }
}
