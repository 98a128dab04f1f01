using System.Net;

namespace IdP.Testing;

/// <summary>A browser without script: keeps cookies, fills forms, and shows every redirect instead of following it.</summary>
public sealed class BrowserClient : IDisposable
{
    private const int MaxRedirects = 12;

    private readonly HttpClient http;

    public BrowserClient(Uri origin)
    {
        Origin = origin;
        http = TestHttp.Create(origin, Cookies);
    }

    public Uri Origin { get; }

    public CookieContainer Cookies { get; } = new();

    /// <summary>For requests that are not page visits; shares the cookies.</summary>
    public HttpClient Http => http;

    public async Task<Page> GetAsync(string url) => await SendAsync(new HttpRequestMessage(HttpMethod.Get, url));

    public async Task<Page> PostAsync(string url, IEnumerable<KeyValuePair<string, string>> form) =>
        await SendAsync(new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) });

    public async Task<Page> SendAsync(HttpRequestMessage request)
    {
        using var _ = request;
        using var response = await http.SendAsync(request);
        return new Page(
            request.RequestUri!, // set by the client when it made the request absolute
            response.StatusCode, response.Headers, response.Content.Headers.ContentType, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Goes on while the answers redirect within this origin; stops at a page or at a redirect that leaves.</summary>
    public async Task<Page> FollowAsync(Page page)
    {
        for (var redirects = 0; page.IsRedirect && IsOurs(page.Location!); redirects++) // a redirect has a location
        {
            if (redirects == MaxRedirects) throw new InvalidOperationException($"More than {MaxRedirects} redirects; the last goes to {page.Location}.");
            page = await GetAsync(page.Location!.AbsoluteUri);
        }

        return page;
    }

    public async Task<Page> OpenAsync(string url) => await FollowAsync(await GetAsync(url));

    /// <summary>Submits with the page's hidden fields (antiforgery included) and shows the direct answer.</summary>
    public async Task<Page> SubmitAsync(HtmlForm form, IEnumerable<KeyValuePair<string, string>> values, KeyValuePair<string, string>? button = null)
    {
        var content = form.Fill(values, button);
        if (form.Method == HttpMethod.Post) return await PostAsync(form.Action.AbsoluteUri, content);
        var query = string.Join('&', content.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
        return await GetAsync(new UriBuilder(form.Action) { Query = query }.Uri.AbsoluteUri);
    }

    /// <summary>Fills in the sign-in pages, of which the first is being shown. The direct answer to the password: a redirect when it worked, the page with a message when not.</summary>
    public async Task<Page> SignInAsync(Page signIn, string userName, string password)
    {
        var page = signIn.Forms.Any(form => form.Has("password")) ? signIn : await NameAsync(signIn, userName);
        // A name that nobody could have stops at the first page.
        return page.Forms.FirstOrDefault(form => form.Has("password")) is { } second ? await SubmitAsync(second, [new("username", userName), new("password", password)]) : page;
    }

    /// <summary>Fills in the first page of a sign-in: the page that asks for the password.</summary>
    public async Task<Page> NameAsync(Page signIn, string userName) => await FollowAsync(await SubmitAsync(signIn.FormWith("username"), [new("username", userName)]));

    /// <summary>Answers the consent page that is being shown, with the scopes as they are ticked unless some are named.</summary>
    public async Task<Page> ConsentAsync(Page consent, bool allow = true, IReadOnlyCollection<string>? scopes = null, bool remember = false)
    {
        var form = consent.FormWith("decision");
        var content = form.Fill(remember ? [new("remember", form["remember"].Value)] : [], new("decision", allow ? "allow" : "deny"));
        if (scopes is not null)
            content = [.. content.Where(pair => pair.Key != "scopes"), .. scopes.Select(scope => KeyValuePair.Create("scopes", scope))];
        return await PostAsync(form.Action.AbsoluteUri, content);
    }

    public void Dispose() => http.Dispose();

    private bool IsOurs(Uri url) => url.Authority == Origin.Authority && url.Scheme == Origin.Scheme;
}
