using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using IdP.Credentials.Passwords;
using IdP.Credentials.Passwords.Known;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace IdP.Tests.Credentials.Passwords.Known;

/// <summary>The range protocol against a service on this machine that answers as each test says.</summary>
public sealed class BreachServiceTests(DatabaseKind database) : ServerTest(database)
{
    private const string Breached = "Slow-Lantern-41-Harbour";
    private readonly ConcurrentQueue<(string Path, string? Padding)> asked = new();
    private RequestDelegate answer = _ => Task.CompletedTask;
    private LoopbackSite? site;
    private int warnings;

    protected override ServerSettings Settings
    {
        get
        {
            site ??= LoopbackSite.StartAsync(context =>
            {
                asked.Enqueue((context.Request.Path, context.Request.Headers["Add-Padding"]));
                return answer(context);
            }).GetAwaiter().GetResult();
            return base.Settings with { More = new Dictionary<string, string> { ["Passwords:BreachService"] = site.UrlOf("/v3/"), ["Passwords:BreachServiceTimeout"] = "00:00:00.5" } };
        }
    }

    [OneTimeTearDown]
    public async Task StopSiteAsync()
    {
        if (site is not null) await site.DisposeAsync();
    }

    [SetUp]
    public async Task BeginAnewAsync()
    {
        answer = context => context.Response.WriteAsync(Range(Breached, 12));
        Server.Clock.Advance(TimeSpan.FromMinutes(61)); // nothing cached
        await FindAsync("a password that works"); // nothing resting
        asked.Clear();
    }

    [Test]
    public async Task It_is_told_five_digits_and_a_password_that_it_has_must_be_changed()
    {
        var person = await AddAsync(Breached);

        var page = await Server.NewBrowser().TrySignInAsync(person.UserName!, Breached);

        Assert.That(page.IsRedirect, Is.True);
        Assert.That((await Server.ReadAsync(person)).PasswordChangeReason, Is.EqualTo(PasswordChangeReason.Breached));
        Assert.That(asked, Is.EqualTo(new[] { ($"/v3/range/{HashOf(Breached)[..5]}", (string?)"true") }));
    }

    [Test]
    public async Task A_wrong_password_asks_it_nothing()
    {
        var person = await AddAsync(Breached);

        await Server.NewBrowser().TrySignInAsync(person.UserName!, "wrong");

        Assert.That(asked, Is.Empty);
    }

    [Test]
    public async Task An_answer_is_kept_for_an_hour()
    {
        var first = await FindAsync(Breached);
        var second = await FindAsync(Breached);
        Server.Clock.Advance(TimeSpan.FromMinutes(61));
        await FindAsync(Breached);

        Assert.That((first, second, asked.Count), Is.EqualTo(((KnownPassword?)KnownPassword.Breached, (KnownPassword?)KnownPassword.Breached, 2)));
    }

    [TestCase(0, null, Description = "padding")]
    [TestCase(1, KnownPassword.Breached)]
    public async Task Padding_is_no_entry(int count, KnownPassword? found)
    {
        answer = context => context.Response.WriteAsync(Range(Breached, count));

        Assert.That(await FindAsync(Breached), Is.EqualTo(found));
    }

    [Test]
    public async Task Another_password_of_the_same_range_and_an_empty_range_are_not_known()
    {
        answer = context => context.Response.WriteAsync(Range("something else", 5));
        var other = await FindAsync(Breached);
        answer = _ => Task.CompletedTask;
        var empty = await FindAsync("Quiet-Meadow-93-Compass");

        Assert.That((other, empty), Is.EqualTo(((KnownPassword?)null, (KnownPassword?)null)));
        Assert.That(Warnings(), Is.Zero);
    }

    private static readonly TestCaseData[] Failures =
    [
        new TestCaseData((RequestDelegate)(context => Status(context, 500))).SetArgDisplayNames("500"),
        new TestCaseData((RequestDelegate)(context => Status(context, 404))).SetArgDisplayNames("404"),
        new TestCaseData((RequestDelegate)(context => context.Response.WriteAsync("<html>Sign in to the guest network</html>"))).SetArgDisplayNames("garbage"),
        new TestCaseData((RequestDelegate)(context => context.Response.WriteAsync(Range(Breached, 12) + "and more\r\n"))).SetArgDisplayNames("garbage after the entry"),
        new TestCaseData((RequestDelegate)(context => context.Response.WriteAsync(Range(Breached, 12) + new string('0', 600_000)))).SetArgDisplayNames("huge"),
        new TestCaseData((RequestDelegate)(context => Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default))).SetArgDisplayNames("silence"),
        new TestCaseData((RequestDelegate)DripAsync).SetArgDisplayNames("slow"),
        new TestCaseData((RequestDelegate)(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        })).SetArgDisplayNames("hung up"),
        new TestCaseData((RequestDelegate)(context =>
        {
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        })).SetArgDisplayNames("redirect"),
    ];

    [TestCaseSource(nameof(Failures))]
    public async Task A_service_that_fails_keeps_nobody_out_and_is_left_alone_after_three_times(RequestDelegate failing)
    {
        answer = failing;
        var person = await AddAsync(Breached);
        var watch = Stopwatch.StartNew();

        var pages = new List<Page>();
        for (var i = 0; i < 5; i++) pages.Add(await Server.NewBrowser().TrySignInAsync(person.UserName!, Breached));
        watch.Stop();
        var (during, health) = (asked.Count, await HealthAsync());
        answer = context => context.Response.WriteAsync(Range(Breached, 12));
        Server.Clock.Advance(TimeSpan.FromSeconds(31));
        var after = await FindAsync(Breached);

        Assert.That(pages.Select(page => page.IsRedirect), Is.All.True);
        Assert.That((await Server.ReadAsync(person)).MustChangePassword, Is.False);
        Assert.That((during, health, after), Is.EqualTo((3, HealthStatus.Degraded, (KnownPassword?)KnownPassword.Breached)));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(15)), "three bounded waits and five sign-ins");
        Assert.That((Warnings(), await HealthAsync()), Is.EqualTo((1, HealthStatus.Healthy)));
        Assert.That(Server.Logs.Contain(HashOf(Breached)), Is.False);
    }

    [Test]
    public async Task One_that_asks_for_time_gets_it_at_once()
    {
        answer = context =>
        {
            context.Response.Headers.RetryAfter = "120";
            return Status(context, 429);
        };
        await FindAsync(Breached);
        answer = context => context.Response.WriteAsync(Range(Breached, 12));
        Server.Clock.Advance(TimeSpan.FromSeconds(100));
        var early = await FindAsync(Breached);
        Server.Clock.Advance(TimeSpan.FromSeconds(30));
        var later = await FindAsync(Breached);

        Assert.That((early, later, asked.Count), Is.EqualTo(((KnownPassword?)null, (KnownPassword?)KnownPassword.Breached, 2)));
    }

    [Test]
    public async Task While_it_fails_on_the_pauses_grow_and_one_request_tries_it_after_each()
    {
        answer = context => Status(context, 500);
        for (var i = 0; i < 3; i++) await FindAsync(Breached);
        var counts = new List<int>();
        foreach (var seconds in (int[])[31, 31, 30, 121])
        {
            Server.Clock.Advance(TimeSpan.FromSeconds(seconds));
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => FindAsync(Breached)));
            counts.Add(asked.Count);
        }

        Assert.That(counts, Is.EqualTo(new[] { 4, 4, 5, 6 }), "pauses of 30, 60, 120 seconds");
    }

    [Test]
    public async Task A_new_password_is_asked_for_too()
    {
        var person = await AddAsync("Quiet-Meadow-93-Compass");
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(person.UserName!, "Quiet-Meadow-93-Compass");
        var form = (await browser.GetAsync("/account/password")).FormWith("replacement");

        var page = await browser.SubmitAsync(form, [new("current", "Quiet-Meadow-93-Compass"), new("replacement", Breached)]);

        Assert.That(page.Body, Does.Contain("known from a data breach"));
    }

    private async Task<KnownPassword?> FindAsync(string password) => await Server.Services.GetRequiredService<KnownPasswords>().FindAsync(password, CancellationToken.None);

    private Task<User> AddAsync(string password) => Server.AddPersonAsync(user => user.PasswordHash = Server.Services.GetRequiredService<IPasswordHasher<User>>().HashPassword(user, password));

    private async Task<HealthStatus> HealthAsync() => (await Server.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == "breach service")).Status;

    /// <summary>How often the log has said that the service rests, since the last question.</summary>
    private int Warnings()
    {
        var count = Server.Logs.Entries.Count(entry => entry.Event.Id == 2404);
        var since = count - warnings;
        warnings = count;
        return since;
    }

    [TearDown]
    public void ForgetWarnings() => Warnings();

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static async Task DripAsync(HttpContext context)
    {
        foreach (var letter in Range(Breached, 12))
        {
            await context.Response.WriteAsync(letter.ToString());
            await context.Response.Body.FlushAsync();
            await Task.Delay(50, CancellationToken.None);
            if (context.RequestAborted.IsCancellationRequested) return;
        }
    }

    private static string Range(string password, int count) => $"{new string('0', 35)}:3\r\n{HashOf(password)[5..]}:{count}\r\n{new string('F', 35)}:0\r\n";

#pragma warning disable CA5350 // what the protocol says
    private static string HashOf(string password) => Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(password)));
#pragma warning restore CA5350
}
