using System.Net;
using System.Text.RegularExpressions;

namespace Fuzz;

/// <summary>Every page and form of the provider's own pages, found by following its links, so that a new page is tried without being listed.</summary>
internal static partial class PageTemplates
{
    private const int MaxPages = 80;
    private const int MaxOfAKind = 3;
    private static readonly string[] Starts = ["/account", "/account/password", "/console", "/console/clients/victim", "/signin", "/signout", "/signedout", "/device", "/consent", "/"];

    public static async Task<IReadOnlyList<Template>> FindAsync(Uri origin)
    {
        using var browser = new BrowserClient(origin);
        await Corpus.SignInAsync(browser, TestUsers.Root);
        var templates = new List<Template>();
        var kinds = new Dictionary<string, int>(StringComparer.Ordinal);
        var seen = new HashSet<string>(Starts, StringComparer.Ordinal);
        var open = new Queue<string>(Starts);
        while (open.Count > 0 && seen.Count < MaxPages)
        {
            var url = open.Dequeue();
            var page = await browser.OpenAsync(url);
            templates.Add(ForPage(url));
            foreach (var form in page.Forms.Where(form => !IsProtected(form, page)))
            {
                var kind = form.Method + " " + Identifier().Replace(form.Action.AbsolutePath, "ID");
                if (kinds.TryGetValue(kind, out var count) && count >= MaxOfAKind) continue;
                kinds[kind] = count + 1;
                templates.Add(ForForm(form));
            }
            foreach (var next in Link().Matches(page.Body).Select(m => WebUtility.HtmlDecode(m.Groups["url"].Value)))
            {
                var kind = "link " + Identifier().Replace(next.Split('?')[0], "ID");
                if (next.StartsWith("/assets/", StringComparison.Ordinal) || !seen.Add(next) || (kinds.TryGetValue(kind, out var count) && count >= MaxOfAKind)) continue;
                kinds[kind] = count + 1;
                open.Enqueue(next);
            }
        }
        return templates;
    }

    /// <summary>What the run itself lives on must not be switched off by a form that happens to stay valid.</summary>
    private static bool IsProtected(HtmlForm form, Page page)
    {
        var path = form.Action.AbsolutePath;
        if (path.StartsWith("/console/clients/", StringComparison.Ordinal) && path is not "/console/clients/new") return !path.StartsWith("/console/clients/victim", StringComparison.Ordinal);
        if (path.StartsWith("/console/users/", StringComparison.Ordinal) && path is not "/console/users/new") return !page.Body.Contains("victim", StringComparison.Ordinal);
        return path is "/signin" or "/signin/password";
    }

    private static Template ForPage(string url)
    {
        var (path, query) = url.Split('?', 2) is [var p, var q] ? (p, q) : (url, "");
        return new Template("GET " + path, 1, (corpus, random) =>
        {
            var request = new FuzzRequest { Name = "GET " + path, Path = path };
            if (query.Length > 0) request.Query.AddRange(query.Split('&').Select(pair => pair.Split('=', 2)).Select(pair => new Part(Uri.UnescapeDataString(pair[0]), pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "")));
            request.Headers.Add(new Part("Cookie", Pick(corpus, random).Cookies));
            return request;
        });
    }

    private static Template ForForm(HtmlForm form)
    {
        var name = $"{form.Method} {form.Action.AbsolutePath} form";
        return new Template(name, 1, (corpus, random) =>
        {
            var sender = SenderOf(form.Action.AbsolutePath, corpus, random);
            var fields = form.Fields.Select(field => new Part(field.Name, field.Name == "csrf" ? sender.Csrf : field.Value)).ToList();
            if (form.Buttons.Count > 0 && form.Buttons[random.Next(form.Buttons.Count)] is { } button) fields.Add(new Part(button.Name, button.Value));
            var isPost = form.Method == HttpMethod.Post;
            var request = new FuzzRequest { Name = name, Method = form.Method.Method, Path = form.Action.AbsolutePath, Form = isPost ? fields : null, ContentType = isPost ? "application/x-www-form-urlencoded" : null };
            if (!isPost) request.Query.AddRange(fields);
            request.Headers.Add(new Part("Cookie", sender.Cookies));
            return request;
        });
    }

    /// <summary>What ends a session is sent by somebody who has it for that, what ends an account by the only owner, whom the provider keeps.</summary>
    private static Sender SenderOf(string path, Corpus corpus, Random random) => path switch
    {
        "/signout" or "/account/password" => corpus.Leaver,
        _ when path.EndsWith("/end", StringComparison.Ordinal) => corpus.Leaver,
        "/account/freeze" or "/account/data/delete" => random.Next(4) == 0 ? corpus.Stranger : corpus.Owner,
        _ => Pick(corpus, random),
    };

    private static Sender Pick(Corpus corpus, Random random) => random.Next(6) switch { 0 => corpus.Stranger, 1 => corpus.Person, _ => corpus.Owner };

    [GeneratedRegex("href=\"(?<url>/[^\"#]*)")]
    private static partial Regex Link();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/clients/)(?!new$)[^/]+")]
    private static partial Regex Identifier();
}
