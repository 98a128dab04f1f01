using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IdP.Clients;
using IdP.Protocol.Clients;
using IdP.Protocol.Logos;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Tests.Logos;

/// <summary>Logos that apps registered: fetched by the server, checked, and shown from its own address.</summary>
public sealed partial class AppLogoTests(DatabaseKind database) : ServerTest(database)
{
    private const string PlainPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self' https://app.example.test; frame-ancestors 'none'";

    private readonly ConcurrentDictionary<string, RequestDelegate> answers = new();
    private readonly ConcurrentDictionary<string, int> visits = new();
    private readonly ConcurrentQueue<string> sent = new();
    private LoopbackSite site = null!, inside = null!; // made in the set-up

    protected override ServerSettings Settings => base.Settings with
    {
        More = new Dictionary<string, string>
        {
            ["DynamicRegistration:Mode"] = "Open", ["DynamicRegistration:MaxPerSource"] = "1000",
            ["OutboundHttp:AllowedNetworks:0"] = "127.0.0.1/32", ["OutboundHttp:AllowedNetworks:1"] = "127.0.0.1/32",
        },
    };

    [OneTimeSetUp]
    public async Task StartSitesAsync()
    {
        site = await LoopbackSite.StartAsync(context =>
        {
            visits.AddOrUpdate(context.Request.Path, 1, (_, count) => count + 1);
            foreach (var header in context.Request.Headers) sent.Enqueue($"{header.Key}: {header.Value}");
            return answers.TryGetValue(context.Request.Path, out var answer) ? answer(context) : Status(404)(context);
        });
        inside = await LoopbackSite.StartAsync(File(TestImages.Png()), IPAddress.Parse("127.0.0.2"));
    }

    [OneTimeTearDown]
    public async Task StopSitesAsync()
    {
        await site.DisposeAsync();
        await inside.DisposeAsync();
    }

    [Test]
    public async Task A_registered_logo_is_shown_from_here_where_people_sign_in_decide_and_sign_out()
    {
        var png = TestImages.Png();
        answers["/shown.png"] = File(png);
        using var browser = Server.NewBrowser();
        var app = await RegisterAsync("Shown", site.UrlOf("/shown.png"));
        await AttemptedAsync(app.ClientId, logo => logo.Fingerprint is not null);

        var signIn = await browser.OpenAsync(app.NewRequest("openid").Url);
        var consent = await browser.FollowAsync(await browser.SignInAsync(signIn, TestUsers.Alice.UserName, TestUsers.Alice.Password));
        var signOut = await browser.OpenAsync("/connect/endsession?client_id=" + app.ClientId);

        var address = LogoOf(signIn);
        Assert.That(address, Is.Not.Null.And.EqualTo(LogoOf(consent)).And.EqualTo(LogoOf(signOut)), signIn.Body);
        foreach (var page in new[] { signIn, consent, signOut })
        {
            Assert.That(page.Body, Does.Not.Contain(site.Origin.Authority), "the browser is never sent there");
            Assert.That(page.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("img-src 'self' data:;").And.Not.Contain(site.Origin.Authority));
        }
        Assert.That(signIn.Headers.GetValues("Content-Security-Policy").Single(), Is.EqualTo(PlainPolicy));
        Assert.That(consent.Body, Does.Contain("registered itself"));

        using var http = Server.NewHttpClient();
        using var image = await http.GetAsync(address);
        Assert.That((image.StatusCode, image.Content.Headers.ContentType?.ToString()), Is.EqualTo((HttpStatusCode.OK, "image/png")));
        Assert.That(await image.Content.ReadAsByteArrayAsync(), Is.EqualTo(png));
        Assert.That(Header(image, "X-Content-Type-Options"), Is.EqualTo("nosniff"));
        Assert.That(Header(image, "Content-Security-Policy"), Does.StartWith("default-src 'none'").And.EndsWith("sandbox"));
        Assert.That(Header(image, "Cross-Origin-Resource-Policy"), Is.EqualTo("same-origin"));
        Assert.That(Header(image, "Cache-Control"), Does.Contain("immutable"));
        Assert.That(image.Headers.Contains("Set-Cookie"), Is.False);
        using var again = new HttpRequestMessage(HttpMethod.Get, address);
        again.Headers.IfNoneMatch.Add(image.Headers.ETag!); // else the request is malformed and the test fails
        using var unchanged = await http.SendAsync(again);
        Assert.That(unchanged.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));

        Assert.That(visits["/shown.png"], Is.EqualTo(1));
        Assert.That(sent.Where(header => header.StartsWith("Cookie", StringComparison.OrdinalIgnoreCase) || header.StartsWith("Referer", StringComparison.OrdinalIgnoreCase)), Is.Empty);
    }

    private static IEnumerable<TestCaseData> Formats =>
    [
        new TestCaseData(TestImages.Jpeg, "image/jpeg").SetArgDisplayNames("JPEG"), new TestCaseData(TestImages.LossyWebP, "image/webp").SetArgDisplayNames("lossy WebP"), new TestCaseData(TestImages.LosslessWebP, "image/webp").SetArgDisplayNames("lossless WebP"),
        new TestCaseData(TestImages.Gif(48, 48), "image/gif").SetArgDisplayNames("GIF"),
    ];

    [TestCaseSource(nameof(Formats))]
    public async Task The_type_is_what_the_file_is_whatever_the_site_says(byte[] file, string type)
    {
        var path = $"/format-{Guid.NewGuid():N}";
        answers[path] = File(file, "text/html");
        var app = await RegisterAsync("Of a kind", site.UrlOf(path));
        await AttemptedAsync(app.ClientId, logo => logo.Fingerprint is not null);
        using var browser = Server.NewBrowser();

        using var image = await Server.NewHttpClient().GetAsync(LogoOf(await browser.OpenAsync(app.NewRequest("openid").Url)));

        Assert.That(image.Content.Headers.ContentType?.ToString(), Is.EqualTo(type));
    }

    private static IEnumerable<TestCaseData> Refused =>
    [
        Case("SVG that says it is PNG", File(Encoding.UTF8.GetBytes("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>")), "not a complete"),
        Case("HTML that says it is PNG", File(Encoding.UTF8.GetBytes("<!doctype html><script>alert(1)</script>")), "not a complete"),
        Case("HTML behind a PNG", File([.. TestImages.Png(), .. "<script>alert(1)</script>"u8]), "not a complete"),
        Case("HTML behind the first bytes of a GIF", File([.. "GIF89a"u8, .. "<script>alert(1)</script>"u8]), "not a complete"),
        Case("half a PNG", File(TestImages.Png()[..40]), "not a complete"),
        Case("nothing", File([]), "not a complete"),
        Case("too large a file", File(TestImages.Png(more: ("tEXt", new byte[300_000]))), "larger than 256 KiB"),
        Case("too large a file without a length", async context => { foreach (var part in TestImages.Png(more: ("tEXt", new byte[300_000])).Chunk(10_000)) await context.Response.Body.WriteAsync(part); }, "larger than 256 KiB"),
        Case("too many pixels", File(TestImages.Png(3000, 16)), "3000 × 16 pixels"),
        Case("one pixel", File(TestImages.Png(1, 1)), "1 × 1 pixels"),
        Case("a moving GIF", File(TestImages.Gif(64, 64, frames: 2)), "moves"),
        Case("a redirect", context => { context.Response.Redirect("/shown.png"); return Task.CompletedTask; }, "redirects"),
        Case("an error", Status(500), "status 500"),
        Case("a connection that breaks", context => { context.Abort(); return Task.CompletedTask; }, "no usable answer"),
    ];

    [TestCaseSource(nameof(Refused))]
    public async Task What_is_no_still_picture_of_sane_size_is_not_taken_and_the_reason_is_kept(RequestDelegate answer, string reason)
    {
        var path = $"/refused-{Guid.NewGuid():N}.png";
        answers[path] = answer;
        answers["/shown.png"] = File(TestImages.Png());
        var app = await RegisterAsync("Refused", site.UrlOf(path));

        var logo = await AttemptedAsync(app.ClientId, logo => logo.LastError is not null);

        Assert.That(logo.LastError, Does.Contain(reason));
        Assert.That((logo.Content, logo.Fingerprint, logo.Failures), Is.EqualTo(((byte[]?)null, (string?)null, 1)));
        using var browser = Server.NewBrowser();
        var page = await browser.OpenAsync(app.NewRequest("openid").Url);
        Assert.That(LogoOf(page), Is.Null);
        Assert.That(page.Body, Does.Contain("class=\"app-mark letter\" aria-hidden=\"true\">R</span>"), "the first letter stands in");
    }

    [Test]
    public async Task An_address_that_is_not_public_is_never_called()
    {
        string[] addresses = [inside.UrlOf("/logo.png"), $"https://127.0.0.2:{inside.Origin.Port}/logo.png", "https://10.0.0.1/logo.png", "https://169.254.169.254/latest/meta-data/logo.png", $"http://0x7f.2:{inside.Origin.Port}/logo.png"];
        foreach (var address in addresses)
        {
            var app = await RegisterAsync("Inside", address);

            var logo = await AttemptedAsync(app.ClientId, logo => logo.LastError is not null);

            Assert.That(logo.LastError, Does.Contain("may not be called"), address);
        }
        Assert.That(inside.Connections, Is.Zero);
    }

    [Test]
    public async Task A_changed_address_shows_the_new_logo_and_never_the_old_one_in_between()
    {
        var hold = new TaskCompletionSource();
        answers["/before.png"] = File(TestImages.Png(red: 1));
        answers["/after.png"] = async context => { await hold.Task; await File(TestImages.Png(red: 2))(context); };
        using var browser = Server.NewBrowser();
        var app = await RegisterAsync("Changing", site.UrlOf("/before.png"));
        await AttemptedAsync(app.ClientId, logo => logo.Fingerprint is not null);
        var before = LogoOf(await browser.OpenAsync(app.NewRequest("openid").Url));

        await ChangeAsync(app.ClientId, site.UrlOf("/after.png"));
        var between = LogoOf(await browser.OpenAsync(app.NewRequest("openid").Url));
        using var old = await Server.NewHttpClient().GetAsync(before);
        hold.SetResult();
        await AttemptedAsync(app.ClientId, logo => logo.Uri.EndsWith("/after.png", StringComparison.Ordinal) && logo.Fingerprint is not null);
        var after = LogoOf(await browser.OpenAsync(app.NewRequest("openid").Url));
        await ChangeAsync(app.ClientId, null);
        var none = LogoOf(await browser.OpenAsync(app.NewRequest("openid").Url));

        Assert.That((between, none), Is.EqualTo(((string?)null, (string?)null)));
        Assert.That(old.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(after, Is.Not.Null.And.Not.EqualTo(before));
        using var image = await Server.NewHttpClient().GetAsync(after);
        Assert.That(image.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), "a logo that was taken away is gone");
        Assert.That(() => FindAsync(app.ClientId).Result, Is.Null.After(10_000, 50), "and its row with it");
    }

    [Test]
    public async Task A_site_that_hangs_delays_no_page()
    {
        var hold = new TaskCompletionSource();
        answers["/hanging.png"] = _ => hold.Task;
        using var browser = Server.NewBrowser();
        var app = await RegisterAsync("Hanging", site.UrlOf("/hanging.png"));
        Assert.That(() => visits.GetValueOrDefault("/hanging.png"), Is.EqualTo(1).After(10_000, 20));
        var watch = Stopwatch.StartNew();

        var page = await browser.OpenAsync(app.NewRequest("openid").Url);

        Assert.That(page.FormWith("username"), Is.Not.Null);
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
        hold.SetResult();
        await AttemptedAsync(app.ClientId, logo => logo.LastError is not null);
    }

    [Test]
    public async Task A_logo_is_looked_at_again_each_day_and_the_last_good_one_stays_while_that_fails()
    {
        answers["/daily.png"] = File(TestImages.Png(green: 1));
        using var browser = Server.NewBrowser();
        var app = await RegisterAsync("Daily", site.UrlOf("/daily.png"));
        await AttemptedAsync(app.ClientId, logo => logo.Fingerprint is not null);
        var first = LogoOf(await browser.OpenAsync(app.NewRequest("openid").Url));

        answers["/daily.png"] = Status(503);
        LetPass(TimeSpan.FromHours(25));
        await AttemptedAsync(app.ClientId, logo => logo.Failures == 1);
        var failing = LogoOf(await browser.OpenAsync(app.NewRequest("openid").Url));
        LetPass(TimeSpan.FromMinutes(3));
        await AttemptedAsync(app.ClientId, logo => logo.Failures == 2);
        answers["/daily.png"] = File(TestImages.Png(green: 2));
        LetPass(TimeSpan.FromMinutes(20));
        await AttemptedAsync(app.ClientId, logo => logo.Failures == 0);
        var renewed = LogoOf(await browser.OpenAsync(app.NewRequest("openid").Url));

        Assert.That(failing, Is.Not.Null.And.EqualTo(first));
        Assert.That(renewed, Is.Not.Null.And.Not.EqualTo(first));
        Assert.That(visits["/daily.png"], Is.EqualTo(4));
    }

    [Test]
    public async Task It_outlives_a_restart_and_costs_a_page_no_statement()
    {
        answers["/kept.png"] = File(TestImages.Png(blue: 9));
        var app = await RegisterAsync("Kept", site.UrlOf("/kept.png"));
        await AttemptedAsync(app.ClientId, logo => logo.Fingerprint is not null);

        await Server.RestartAsync();
        using var browser = Server.NewBrowser();
        var page = await browser.OpenAsync(app.NewRequest("openid").Url);
        var sql = await Server.RecordSqlAsync(async () => await browser.GetAsync(page.Url.PathAndQuery));
        using var image = await Server.NewHttpClient().GetAsync(LogoOf(page));

        Assert.That(image.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(sql.Statements, Is.Empty, sql.ToString());
        Assert.That(visits["/kept.png"], Is.EqualTo(1));
    }

    [Test]
    public async Task The_logo_of_nobody_is_not_found()
    {
        answers["/one.png"] = File(TestImages.Png(red: 77));
        var (one, other) = (await RegisterAsync("One", site.UrlOf("/one.png")), await RegisterAsync("Other", null));
        var logo = await AttemptedAsync(one.ClientId, logo => logo.Fingerprint is not null);
        var otherKey = await Server.WithDatabaseAsync(db => db.Clients.Where(c => c.ClientId == other.ClientId).Select(c => c.Id).SingleAsync());
        using var http = Server.NewHttpClient();

        foreach (var address in (string[])[$"{Guid.NewGuid()}/{logo.Fingerprint}", $"{otherKey}/{logo.Fingerprint}", $"{logo.ClientKey}/{new string('0', 32)}", $"{logo.ClientKey}/{new string('%', 1)}00", $"{logo.ClientKey}/%00{logo.Fingerprint![1..]}",
            $"{logo.ClientKey}/{logo.Fingerprint.ToUpperInvariant()}%27", $"{logo.ClientKey}", $"{one.ClientId}/{logo.Fingerprint}", "../appsettings.json", "x/y"])
        {
            using var answer = await http.GetAsync("/logos/" + address);
            Assert.That((int)answer.StatusCode, Is.InRange(400, 404), address);
        }
    }

    private async Task<RelyingParty> RegisterAsync(string name, string? logoUri)
    {
        var metadata = new JsonObject { ["client_name"] = name, ["redirect_uris"] = new JsonArray("https://app.example.test/cb") };
        if (logoUri is not null) metadata["logo_uri"] = logoUri;
        using var http = Server.NewHttpClient();
        using var answer = await http.PostAsJsonAsync("/connect/dcr", metadata);
        var registered = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!; // the endpoint answers JSON, or the test is wrong
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), registered.ToJsonString());
        return Server.NewRelyingParty(new TestClient((string)registered["client_id"]!, (string?)registered["client_secret"], "https://app.example.test/cb")); // as registered
    }

    private async Task ChangeAsync(string clientId, string? logoUri)
    {
        await using var scope = Server.Services.CreateAsyncScope();
        var client = await Server.WithDatabaseAsync(db => db.Clients.AsNoTracking().SingleAsync(c => c.ClientId == clientId));
        var settings = ClientSettings.From(client);
        settings.LogoUri = logoUri;
        Assert.That((await scope.ServiceProvider.GetRequiredService<UpdateClient>().ExecuteAsync(clientId, client.Version, settings, null, CancellationToken.None)).Failure, Is.Null);
    }

    private Catalog Catalog => Server.Services.GetRequiredService<Catalog>();

    private void LetPass(TimeSpan time)
    {
        Server.Clock.Advance(time);
        Catalog.Invalidate(); // as any change of a client does: the fetcher looks at once and not at its next round
    }

    /// <summary>Waits until the row is as it shall be and the pages know it.</summary>
    private async Task<ClientLogo> AttemptedAsync(string clientId, Func<ClientLogo, bool> isDone)
    {
        ClientLogo? logo = null;
        for (var waits = 0; waits < 400; waits++)
        {
            if ((logo = await FindAsync(clientId)) is not null && isDone(logo) && (await Catalog.FindClientAsync(clientId, CancellationToken.None))?.LogoFingerprint == logo.Fingerprint) return logo;
            await Task.Delay(50);
        }
        throw new TimeoutException($"The logo is {(logo is null ? "not there" : $"at {logo.Uri} with {logo.Failures} failures: {logo.LastError}")} after 20 s.");
    }

    private Task<ClientLogo?> FindAsync(string clientId) => Server.WithDatabaseAsync(db => db.ClientLogos.AsNoTracking().SingleOrDefaultAsync(l => db.Clients.Any(c => c.Id == l.ClientKey && c.ClientId == clientId)));

    private static TestCaseData Case(string name, RequestDelegate answer, string reason) => new TestCaseData(answer, reason).SetArgDisplayNames(name);

    private static RequestDelegate File(byte[] content, string type = "image/png") => async context =>
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content);
    };

    private static RequestDelegate Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private static string Header(HttpResponseMessage answer, string name) => string.Join(", ", answer.Headers.GetValues(name));

    /// <summary>The address of the one picture of an app on a page; null when there is none.</summary>
    private static string? LogoOf(Page page) => Picture().Match(page.Body) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("""<span class="app-mark"><img src="(/logos/[^"]+)" alt[ =][^>]*></span>""")]
    private static partial Regex Picture();
}
