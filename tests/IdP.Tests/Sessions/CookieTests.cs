using System.Net;

namespace IdP.Tests.Sessions;

/// <summary>Over HTTPS, here as a proxy in front reports it.</summary>
public sealed class CookieTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string> { ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1", ["Issuer"] = "https://id.example.test" } };

    [Test]
    public async Task Every_cookie_belongs_to_this_host_and_to_https_alone()
    {
        using var http = Server.NewHttpClient();
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        Dictionary<string, string> cookies = [];

        var signIn = await SendAsync(HttpMethod.Get, "/signin", null);
        var form = HtmlForm.ParseAll(await signIn.Content.ReadAsStringAsync(), new Uri(Server.Origin, "/signin")).Single(f => f.Has("username"));
        var named = await SendAsync(HttpMethod.Post, "/signin", form.Fill([new("username", TestUsers.Alice.UserName)]));
        var asked = await SendAsync(HttpMethod.Get, named.Headers.Location!.OriginalString, null);
        var password = HtmlForm.ParseAll(await asked.Content.ReadAsStringAsync(), new Uri(Server.Origin, "/signin/password")).Single(f => f.Has("password"));
        var signedIn = await SendAsync(HttpMethod.Post, "/signin/password", password.Fill([new("password", TestUsers.Alice.Password)]));
        var account = await SendAsync(HttpMethod.Get, "/account", null);

        Assert.That((signedIn.StatusCode, account.StatusCode), Is.EqualTo((HttpStatusCode.SeeOther, HttpStatusCode.OK)));
        Assert.That(cookies.Keys, Is.SupersetOf((string[])["__Host-idp.session", "__Host-idp.device", "__Host-idp.csrf", "__Host-idp.state"]));
        Assert.That(cookies.Keys, Has.All.StartWith("__Host-"));
        // The session frame reads it by script in pages of other sites; it opens nothing.
        Assert.That(cookies["__Host-idp.state"].ToLowerInvariant(), Does.Contain("; secure").And.Contain("; samesite=none").And.Contain("; path=/").And.Not.Contain("domain=").And.Not.Contain("httponly"));
        foreach (var (name, attributes) in cookies.Where(c => c.Key != "__Host-idp.state"))
            Assert.That(attributes.ToLowerInvariant(), Does.Contain("; secure").And.Contain("; httponly").And.Contain("; path=/").And.Match("; samesite=(lax|strict)").And.Not.Contain("domain="), name);

        async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, IEnumerable<KeyValuePair<string, string>>? values)
        {
            using var request = new HttpRequestMessage(method, path);
            if (values is not null) request.Content = new FormUrlEncodedContent(values);
            if (cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", cookies.Select(c => $"{c.Key}={c.Value.Split(';')[0]}")));
            var answer = await http.SendAsync(request);
            foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
                cookies[cookie[..cookie.IndexOf('=', StringComparison.Ordinal)]] = cookie[(cookie.IndexOf('=', StringComparison.Ordinal) + 1)..];
            return answer;
        }
    }
}
