using System.Net;
using System.Net.Http.Headers;

namespace IdP.Tests.Hosting;

/// <summary>Requests that came out of a fuzz run: each was once an error of the server.</summary>
public sealed class UnusableRequestTests(DatabaseKind database) : ServerTest(database)
{
    private const string Label = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

    private static readonly string[] Paths = ["/", "/signin", "/account", "/connect/authorize?client_id=web", "/connect/endsession", "/connect/userinfo", "/.well-known/openid-configuration", "/nothing"];

    [TestCase("a b")]
    [TestCase("localhost:99999")]
    [TestCase(Label + Label + Label + Label + Label)]
    [TestCase("a_b." + Label + Label)]
    [TestCase("[::1")]
    [TestCase("%00")]
    [TestCase("")]
    public async Task A_host_that_is_none_is_the_senders_mistake_wherever_it_goes(string host)
    {
        foreach (var path in Paths)
        {
            var answer = await RawHttp.SendAsync(Server.Origin, $"GET {path} HTTP/1.1\nHost: {host}\nConnection: close\n\n");

            Assert.That(answer, Does.StartWith("HTTP/1.1 400"), path);
        }
    }

    [Test]
    public async Task A_health_check_without_a_host_is_answered() =>
        Assert.That(await RawHttp.SendAsync(Server.Origin, "GET /health/live HTTP/1.0\n\n"), Does.StartWith("HTTP/1.1 200"));

    [TestCase("application/x-www-form-urlencoded; charset=utf-7")]
    [TestCase("application/x-www-form-urlencoded; charset=utf-16")]
    [TestCase("application/x-www-form-urlencoded; charset=nonsense")]
    [TestCase("application/x-www-form-urlencoded;;")]
    [TestCase("multipart/form-data")]
    [TestCase("multipart/form-data; boundary=x")]
    [TestCase("multipart/form-data; boundary=\"")]
    public async Task A_form_of_a_kind_that_nothing_here_reads_is_answered_415(string contentType)
    {
        using var http = Server.NewHttpClient();
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Get })
            foreach (var path in new[] { "/connect/authorize", "/connect/token", "/connect/userinfo", "/connect/introspect", "/connect/revocation", "/connect/endsession", "/signin", "/consent", "/account/password" })
            {
                using var request = new HttpRequestMessage(method, path) { Content = new StringContent("a=b") };
                request.Content.Headers.Remove("Content-Type");
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);

                using var answer = await http.SendAsync(request);

                Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType), $"{method} {path}");
            }
    }

    [TestCase("email=\0")]
    [TestCase("email=%00")]
    [TestCase("a\0b=c")]
    public async Task A_form_with_a_NUL_is_answered_400(string form)
    {
        using var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.GetAsync("/signin"), TestUsers.Root.UserName, TestUsers.Root.Password);
        var page = (await browser.GetAsync("/console/users/new")).FormWith("userName");
        using var request = new HttpRequestMessage(HttpMethod.Post, page.Action) { Content = new StringContent($"csrf={Uri.EscapeDataString(page["csrf"].Value)}&{form}", MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded")) };

        var answer = await browser.SendAsync(request);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase("/console/users")]
    [TestCase("/console/clients")]
    public async Task A_search_for_anything_is_answered(string path)
    {
        using var browser = Server.NewBrowser();
        await browser.SignInAsync(await browser.GetAsync("/signin"), TestUsers.Root.UserName, TestUsers.Root.Password);

        foreach (var query in new[] { "q=" + new string('x', 60_000), "q=%00", "after=%00", "q=" + new string('%', 1) + "ED%A0%80", "q=%25%5F%5C", "after=" + new string('z', 60_000), "q=" + Uri.EscapeDataString(string.Concat(Enumerable.Repeat("😀", 300))) })
            Assert.That((await browser.GetAsync($"{path}?{query}")).Status, Is.EqualTo(HttpStatusCode.OK), query[..Math.Min(20, query.Length)]);
    }

    [TestCase("application/x-www-form-urlencoded; charset=UTF-8")]
    [TestCase("application/x-www-form-urlencoded; charset=\"utf-8\"")]
    [TestCase("application/x-www-form-urlencoded; charset=ISO-8859-1")]
    public async Task A_form_that_names_a_common_encoding_is_read(string contentType)
    {
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = new StringContent("grant_type=client_credentials&scope=api.read", MediaTypeHeaderValue.Parse(contentType)) };
        request.Headers.Authorization = RelyingParty.Basic(TestClients.Machine.ClientId, TestClients.Machine.Secret!);

        var answer = await TokenAnswer.ReadAsync(await http.SendAsync(request));

        Assert.That(answer.Error, Is.Null, answer.Body);
    }
}
