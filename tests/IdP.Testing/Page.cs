using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Testing;

/// <summary>One answer, read to its end.</summary>
public sealed record Page(Uri Url, HttpStatusCode Status, HttpResponseHeaders Headers, MediaTypeHeaderValue? ContentType, string Body)
{
    public bool IsRedirect => (int)Status is >= 300 and < 400 && Headers.Location is not null;

    private const string LanguagePath = "/language";

    /// <summary>Where the answer redirects to, absolute.</summary>
    public Uri? Location => Headers.Location is { } location ? new Uri(Url, location) : null;

    /// <summary>The parameters of the redirect, from its query or its fragment.</summary>
    public IReadOnlyDictionary<string, string> LocationParameters => Parameters(Location);

    /// <summary>The page's own forms; the menu of languages stands below every page.</summary>
    public IReadOnlyList<HtmlForm> Forms => [.. HtmlForm.ParseAll(Body, Url).Where(form => form.Action.AbsolutePath != LanguagePath)];

    /// <summary>The menu of languages, where the page has one.</summary>
    public HtmlForm? Languages => HtmlForm.ParseAll(Body, Url).SingleOrDefault(form => form.Action.AbsolutePath == LanguagePath);

    /// <summary>Whether one of the two pages of a sign-in is being shown.</summary>
    public bool AsksToSignIn => Forms.Any(form => form.Has("username") || form.Has("password"));

    /// <summary>Every form that has this field (or button).</summary>
    public IReadOnlyList<HtmlForm> FormsWith(string name) => [.. Forms.Where(form => form.Has(name) || form.Buttons.Any(button => button.Name == name))];

    /// <summary>The one form that has this field (or button).</summary>
    public HtmlForm FormWith(string name) =>
        Forms.SingleOrDefault(form => form.Has(name) || form.Buttons.Any(button => button.Name == name))
        ?? throw new InvalidOperationException($"No single form with {name} at {Url} ({(int)Status}):{Environment.NewLine}{Body}");

    private static Dictionary<string, string> Parameters(Uri? url)
    {
        if (url is null) return [];
        var text = url.Fragment.Length > 1 ? url.Fragment[1..] : url.Query;
        return QueryHelpers.ParseQuery(text).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
    }
}
