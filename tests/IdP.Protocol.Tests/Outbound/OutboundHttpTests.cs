using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IdP.Protocol.Outbound;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace IdP.Protocol.Tests.Outbound;

/// <summary>Attacks on the outbound client, with a canary on loopback addresses that counts the connections it sees.</summary>
public sealed class OutboundHttpTests
{
    private static readonly string[] Loopback = ["127.0.0.0/8", "::1/128"];

    private LoopbackSite canary = null!; // made in the set-up

    private RequestDelegate Answer { get; set; } = AnswerEmpty;

    [SetUp]
    public async Task StartCanaryAsync()
    {
        Answer = AnswerEmpty;
        canary = await LoopbackSite.StartAsync(context => Answer(context));
    }

    [TearDown]
    public async Task StopCanaryAsync() => await canary.DisposeAsync();

    [TestCase("https://127.0.0.1:PORT/")]
    [TestCase("http://127.0.0.1:PORT/")]
    [TestCase("http://localhost:PORT/")]
    [TestCase("http://localhost.:PORT/")]
    [TestCase("http://[::1]:PORT/")]
    [TestCase("http://[::ffff:127.0.0.1]:PORT/")]
    [TestCase("https://[::ffff:7f00:1]:PORT/")]
    [TestCase("http://0:PORT/")]
    [TestCase("http://0.0.0.0:PORT/")]
    [TestCase("http://2130706433:PORT/")]
    [TestCase("http://0x7f000001:PORT/")]
    [TestCase("http://0177.0.0.1:PORT/")]
    [TestCase("http://127.1:PORT/")]
    [TestCase("http://user:password@127.0.0.1:PORT/")]
    [TestCase("https://169.254.169.254/latest/meta-data/")]
    [TestCase("file:///etc/passwd")]
    [TestCase("gopher://127.0.0.1:PORT/_x")]
    public async Task An_address_inside_is_refused_without_a_connection(string address)
    {
        using var http = Create();

        var answer = await http.GetJsonAsync(address.Replace("PORT", canary.Origin.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal), CancellationToken.None);

        Assert.That(answer.IsRefused, Is.True);
        Assert.That(canary.Connections, Is.Zero);
    }

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    [TestCase("::ffff:127.0.0.1")]
    [TestCase("10.0.0.1")]
    public async Task A_name_that_leads_inside_is_refused_without_a_connection(string address)
    {
        using var http = Create(names: new Names(_ => [IPAddress.Parse(address)]));

        var answer = await http.GetJsonAsync($"https://app.example.test:{canary.Origin.Port}/", CancellationToken.None);

        Assert.That(answer.IsRefused, Is.True);
        Assert.That(canary.Connections, Is.Zero);
    }

    [Test]
    public async Task A_name_that_leads_elsewhere_the_second_time_is_asked_once_a_request_and_connected_to_where_it_was_checked()
    {
        await using var other = await LoopbackSite.StartAsync(context => Answer(context), IPAddress.Parse("127.0.0.2"), canary.Origin.Port);
        var names = new Names(call => [call == 1 ? IPAddress.Parse("127.0.0.2") : IPAddress.Loopback]);
        using var http = Create(names: names, allowed: ["127.0.0.2/32"]);
        var address = $"http://rebinding.example.test:{canary.Origin.Port}/";

        var first = await http.GetJsonAsync(address, CancellationToken.None);
        var second = await http.GetJsonAsync(address, CancellationToken.None);

        Assert.That((first.Status, second.IsRefused, names.Calls), Is.EqualTo((200, true, 2)));
        Assert.That((other.Connections, canary.Connections), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Of_several_addresses_of_a_name_only_the_allowed_ones_are_tried()
    {
        await using var other = await LoopbackSite.StartAsync(context => Answer(context), IPAddress.Parse("127.0.0.2"), canary.Origin.Port);
        using var http = Create(names: new Names(_ => [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]), allowed: ["127.0.0.2/32"]);

        var answer = await http.GetJsonAsync($"http://app.example.test:{canary.Origin.Port}/", CancellationToken.None);

        Assert.That((answer.Status, canary.Connections), Is.EqualTo((200, 0)));
    }

    [TestCase(302)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var inside = await LoopbackSite.StartAsync(context => Answer(context));
        Answer = context =>
        {
            (context.Response.StatusCode, context.Response.Headers.Location) = (status, inside.UrlOf("/"));
            return Task.CompletedTask;
        };
        using var http = Create(allowed: Loopback);

        var got = await http.GetJsonAsync(canary.UrlOf("/"), CancellationToken.None);
        var posted = await http.PostFormAsync(canary.UrlOf("/"), [], CancellationToken.None);

        Assert.That((got.Status, got.Body, posted.Status, inside.Connections), Is.EqualTo((status, (string?)null, status, 0)));
    }

    [Test]
    public async Task An_answer_that_is_too_long_is_not_read([Values] bool saysSo)
    {
        // A bare socket: its write fails once the client has gone, while Kestrel goes on taking what it then throws away.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sending = SendEndlesslyAsync(listener, saysSo ? "Content-Length: 10000000000" : "Connection: close");
        using var http = Create(allowed: Loopback);

        var answer = await http.GetJsonAsync($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/", CancellationToken.None);

        Assert.That((answer.Status, answer.Body, answer.IsRefused), Is.EqualTo(((int?)null, (string?)null, false)));
        Assert.That(await sending.WaitAsync(TimeSpan.FromSeconds(30)), Is.LessThan(20_000_000));
    }

    /// <summary>Answers one request with a body of 655 MB, or as much of it as somebody takes; the number of bytes that the connection took.</summary>
    private static async Task<long> SendEndlesslyAsync(TcpListener listener, string header)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        var block = new byte[64 * 1024];
        var length = 0;
        while (!Encoding.ASCII.GetString(block, 0, length).EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(block.AsMemory(length));
            length += read > 0 ? read : throw new EndOfStreamException("The request has no end.");
        }
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{header}\r\n\r\n"));

        var sent = 0L;
        try
        {
            for (var i = 0; i < 10_000; i++, sent += block.Length) await stream.WriteAsync(block);
        }
        catch (IOException)
        {
            return sent; // the client has gone
        }
        return sent;
    }

    [Test]
    public async Task A_byte_a_second_does_not_hold_a_request_longer_than_the_time_limit([Values("GET", "POST")] string method)
    {
        Answer = async context =>
        {
            if (method == "POST") await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default); // not even a head
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(" ");
                await context.Response.Body.FlushAsync();
                await Task.Delay(100);
            }
        };
        using var http = Create(allowed: Loopback, timeout: TimeSpan.FromSeconds(1));
        var time = Stopwatch.StartNew();

        var answer = await (method == "GET" ? http.GetJsonAsync(canary.UrlOf("/"), CancellationToken.None) : http.PostFormAsync(canary.UrlOf("/"), [], CancellationToken.None));

        Assert.That(answer.Status, Is.Null);
        Assert.That(time.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
    }

    [Test]
    public async Task The_answer_does_not_tell_an_open_port_that_speaks_something_else_from_a_closed_one()
    {
        using var http = Create(allowed: Loopback);

        var open = await http.GetJsonAsync($"https://127.0.0.1:{canary.Origin.Port}/", CancellationToken.None);
        var closed = await http.GetJsonAsync($"https://127.0.0.1:{LoopbackPort.Free()}/", CancellationToken.None);

        Assert.That(open, Is.EqualTo(closed));
        Assert.That(open.Summary, Is.EqualTo("no usable answer"));
    }

    [Test]
    public async Task A_request_carries_no_cookie_no_credentials_and_no_trace_id()
    {
        List<string> headers = [];
        Answer = context =>
        {
            headers.AddRange(context.Request.Headers.Select(header => header.Key));
            context.Response.Cookies.Append("session", "1");
            return context.Response.WriteAsJsonAsync(new { });
        };
        using var http = Create(allowed: Loopback);
        using var activity = new Activity("test").Start();

        await http.GetJsonAsync(canary.UrlOf("/"), CancellationToken.None);
        await http.GetJsonAsync(canary.UrlOf("/"), CancellationToken.None);

        Assert.That(headers.Distinct(), Is.EquivalentTo(["Host", "Accept", "User-Agent"]));
    }

    [Test]
    public async Task A_form_is_posted_and_its_status_answered()
    {
        var received = "";
        Answer = async context =>
        {
            received = (await context.Request.ReadFormAsync())["logout_token"].ToString();
            context.Response.StatusCode = 204;
        };
        using var http = Create(allowed: Loopback);

        var answer = await http.PostFormAsync(canary.UrlOf("/logout"), [new("logout_token", "a.b.c")], CancellationToken.None);

        Assert.That((answer.Status, received), Is.EqualTo((204, "a.b.c")));
    }

    private static Task AnswerEmpty(HttpContext context) => context.Response.WriteAsync("{}");

    private static OutboundHttp Create(INameResolver? names = null, IReadOnlyList<string>? allowed = null, TimeSpan? timeout = null) =>
        new(Options.Create(new OutboundHttpOptions { AllowedNetworks = allowed ?? [], Timeout = timeout ?? TimeSpan.FromSeconds(5) }), names ?? new SystemNameResolver(), NullLogger<OutboundHttp>.Instance);

    private sealed class Names(Func<int, IReadOnlyList<IPAddress>> answer) : INameResolver
    {
        public int Calls { get; private set; }

        public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken ct) => Task.FromResult(answer(++Calls));
    }
}
