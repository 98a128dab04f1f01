using System.Net;
using System.Net.Http.Headers;

namespace IdP.Protocol.Tests;

/// <summary>Methods, content types, sizes and repetitions that an endpoint must refuse, and with what.</summary>
public sealed class WrongRequestTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly string[] Endpoints = ["/connect/token", "/connect/introspect", "/connect/revocation", "/connect/deviceauthorization"];
    private static readonly string[] FormEndpoints = [.. Endpoints, "/connect/authorize", "/connect/endsession"];

    private static TestCaseData[] WrongMethods() =>
    [
        .. from path in Endpoints from method in (string[])["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] select new TestCaseData(path, method, "POST"),
        .. from path in (string[])["/connect/authorize", "/connect/userinfo", "/connect/endsession"] from method in (string[])["HEAD", "PUT", "DELETE", "PATCH", "TRACE"] select new TestCaseData(path, method, "GET, POST"),
        .. from path in (string[])["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration/jwks"] from method in (string[])["POST", "PUT", "DELETE"] select new TestCaseData(path, method, "GET"),
    ];

    private static TestCaseData[] WrongContent() =>
        [.. from path in FormEndpoints from type in (string?[])["application/json", "text/plain", "application/jwt", "multipart/form-data; boundary=x", null] select new TestCaseData(path, type)];

    [TestCaseSource(nameof(WrongMethods))]
    public async Task Another_method_is_405_and_says_which_are_allowed(string path, string method, string allowed)
    {
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), path + "?client_id=web&token=x&grant_type=client_credentials");

        using var answer = await http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(string.Join(", ", answer.Content.Headers.Allow), Is.EqualTo(allowed));
    }

    [TestCaseSource(nameof(WrongContent))]
    public async Task Content_that_is_no_form_is_415(string path, string? type)
    {
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("client_id=machine&client_secret=machine-secret&grant_type=client_credentials&token=x") };
        request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);

        using var answer = await http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        if (Endpoints.Contains(path)) Assert.That((await TokenAnswer.ReadAsync(answer)).Error, Is.EqualTo("invalid_request"));
    }

    [Test]
    public async Task A_token_in_the_address_of_an_introspection_tells_nothing()
    {
        using var browser = Server.NewBrowser();
        var tokens = await Server.NewRelyingParty(TestClients.Web).SignInAsync(browser, "openid api.read", TestUsers.Alice);
        using var http = Server.NewHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/connect/introspect?token=" + tokens.AccessToken);
        request.Headers.Authorization = RelyingParty.Basic(TestClients.Api.ClientId, TestClients.Api.Secret!);

        using var answer = await http.SendAsync(request);

        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Contain("active"));
    }

    [TestCase("/connect/token", "grant_type")]
    [TestCase("/connect/token", "scope")]
    [TestCase("/connect/token", "client_id")]
    [TestCase("/connect/token", "Grant_Type")]
    [TestCase("/connect/introspect", "token")]
    [TestCase("/connect/introspect", "token_type_hint")]
    [TestCase("/connect/revocation", "token")]
    [TestCase("/connect/revocation", "client_id")]
    [TestCase("/connect/deviceauthorization", "scope")]
    public async Task A_parameter_sent_twice_is_an_invalid_request(string path, string name)
    {
        var machine = Server.NewRelyingParty(TestClients.Machine);

        var answer = await machine.PostAsync(path, [new("grant_type", "client_credentials"), new("scope", "api.read"), new("token", "x"), new("token_type_hint", "access_token"), new(name, "client_credentials"), new(name, "client_credentials")]);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")));
    }

    [TestCase("/connect/token")]
    [TestCase("/connect/introspect")]
    [TestCase("/connect/revocation")]
    [TestCase("/connect/deviceauthorization")]
    public async Task An_oversized_value_is_an_invalid_request_and_does_not_come_back(string path)
    {
        var huge = new string('x', 40_000);
        var machine = Server.NewRelyingParty(TestClients.Machine);

        var answer = await machine.PostAsync(path, [new("grant_type", "client_credentials"), new("token", huge), new("scope", huge)]);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_request")));
        Assert.That(answer.Body, Has.Length.LessThan(1000));
    }

    [TestCase("/connect/token")]
    [TestCase("/connect/userinfo")]
    [TestCase("/connect/endsession")]
    [TestCase("/signin")]
    public async Task A_body_beyond_the_limit_is_413(string path)
    {
        using var http = Server.NewHttpClient();
        using var form = new FormUrlEncodedContent([new("a", new string('x', 1_100_000))]);

        using var answer = await http.PostAsync(path, form);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [TestCase("access_token=TOKEN&access_token=TOKEN")]
    [TestCase("access_token=TOKEN%00")]
    [TestCase("access_token=")]
    public async Task A_userinfo_form_that_is_ambiguous_or_damaged_gives_no_claims(string form)
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid email", TestUsers.Alice);
        using var content = new StringContent(form.Replace("TOKEN", tokens.AccessToken, StringComparison.Ordinal), MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded"));

        using var answer = await web.Http.PostAsync("/connect/userinfo", content);

        Assert.That((int)answer.StatusCode, Is.AnyOf(400, 401));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Contain("alice"));
    }

    [Test]
    public async Task A_userinfo_request_by_post_may_have_its_token_in_the_header_and_no_body()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid", TestUsers.Alice);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/userinfo") { Headers = { Authorization = new("Bearer", tokens.AccessToken) } };

        using var answer = await web.Http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }
}
