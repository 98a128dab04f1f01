using System.Net;
using IdP.Credentials.Passwords;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.Tests.SignIn;

/// <summary>One thread for hashes and four places before it, behind a proxy that says who is asking; the verification is held until a test lets it go.</summary>
public sealed class SignInStormTests(DatabaseKind database) : ServerTest(database)
{
    private const int Places = 4;
    private readonly HeldVerification held = new();

    protected override ServerSettings Settings => new(Database)
    {
        Configuration = null,
        More = new Dictionary<string, string>
        {
            ["Passwords:MaxConcurrent"] = "1",
            ["Passwords:MaxWaiting"] = $"{Places}",
            ["Lockout:MaxFailuresPerSource"] = "100000",
            ["Lockout:MaxFailures"] = "100",
            ["ReverseProxy:KnownProxies"] = "127.0.0.1,::1",
        },
        Configure = builder => builder.Services.AddSingleton<IPasswordHasher<User>>(held),
    };

    private PasswordQueue Queue => Server.Services.GetRequiredService<PasswordQueue>();

    [TearDown]
    public async Task LetGoAsync()
    {
        held.Release();
        await UntilAsync(() => Queue.Waiting == 0 && !held.IsBusy);
    }

    [OneTimeTearDown]
    public void End() => held.Dispose();

    [Test]
    public async Task The_excess_is_told_when_to_come_back_loses_nothing_and_costs_the_database_nothing()
    {
        var flood = await FillAsync(_ => "198.51.100.1");
        var browser = BrowserAt("198.51.100.1");
        var signIn = await browser.GetAsync("/signin?returnUrl=%2Faccount%2Fpassword");
        Page? refused = null;

        var asked = await Server.RecordSqlAsync(async () => refused = await browser.SignInAsync(signIn, "grace.hopper", "whatever"));
        held.Release();
        await Task.WhenAll(flood);

        Assert.That(refused!.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Headers.RetryAfter?.Delta, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1)).And.LessThanOrEqualTo(TimeSpan.FromSeconds(60)));
        var form = refused.FormWith("password");
        Assert.That((form["username"].Value, form["returnUrl"].Value, form["password"].Value), Is.EqualTo(("grace.hopper", "/account/password", "")));
        Assert.That(refused.Body, Does.Contain("Nothing is lost").And.Not.Contain("whatever"));
        Assert.That(asked.Statements, Is.Empty, asked.ToString());
        Assert.That(await Server.WithDatabaseAsync(db => db.SignInDecisions.CountAsync(d => d.Outcome == SignInOutcome.Busy)), Is.Zero);
    }

    [Test]
    public async Task A_network_that_floods_gives_way_to_another_one()
    {
        var person = await Server.AddPersonAsync();
        // An IPv6 subscriber has a /64 full of addresses: still one source.
        var flood = await FillAsync(i => $"2001:db8:1:1::{i + 1}");

        var elsewhere = BrowserAt("2001:db8:1:2::1").TrySignInAsync(person.UserName!, People.Password);
        var gaveWay = await await Task.WhenAny(flood);
        held.Release();
        var verdicts = await Task.WhenAll(flood);

        Assert.That(gaveWay.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That((await elsewhere).IsRedirect, Is.True);
        Assert.That(verdicts.Count(page => page.Status is HttpStatusCode.OK), Is.EqualTo(Places), "the one that ran and those that kept their places");
    }

    [Test]
    public async Task A_browser_the_person_has_used_gets_in_while_strangers_from_everywhere_wait()
    {
        var person = await Server.AddPersonAsync();
        var own = BrowserAt("203.0.113.9");
        await own.TrySignInAsync(person.UserName!, People.Password);
        var crowd = await FillAsync(i => $"198.51.100.{i + 1}");

        var stranger = await BrowserAt("198.51.100.200").TrySignInAsync(person.UserName!, People.Password);
        var known = own.TrySignInAsync(person.UserName!, People.Password);
        await await Task.WhenAny(crowd);
        held.Release();
        await Task.WhenAll(crowd);

        Assert.That(stranger.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That((await known).IsRedirect, Is.True);
    }

    [Test]
    public async Task Unknown_and_known_names_are_refused_alike_and_cost_one_hash_each()
    {
        var person = await Server.AddPersonAsync();
        var before = held.Verified;

        var known = await BrowserAt("192.0.2.1").TrySignInAsync(person.UserName!, "wrong");
        var unknown = await BrowserAt("192.0.2.2").TrySignInAsync("nobody", "wrong");

        Assert.That((known.Status, unknown.Status, held.Verified - before), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK, 2)));
        Assert.That(unknown.FormWith("password")["username"].Value, Is.EqualTo("nobody"));
        Assert.That(Alert(known), Is.EqualTo(Alert(unknown)).And.Not.Empty);
    }

    [Test]
    public async Task A_browser_that_goes_away_leaves_the_line_and_costs_no_hash()
    {
        var before = held.Verified;
        held.Hold();
        var running = BrowserAt("192.0.2.1").TrySignInAsync("nobody", "wrong");
        await UntilAsync(() => held.IsBusy);
        var browser = BrowserAt("192.0.2.2");
        var form = (await browser.NameAsync(await browser.GetAsync("/signin"), "x")).FormWith("password");
        using var content = new FormUrlEncodedContent(form.Fill([new("username", "nobody"), new("password", "wrong")]));
        using var gone = new CancellationTokenSource();
        var waiting = browser.Http.PostAsync(form.Action, content, gone.Token);
        await UntilAsync(() => Queue.Waiting == 1);

        await gone.CancelAsync();
        await UntilAsync(() => Queue.Waiting == 0);
        held.Release();

        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await running).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(held.Verified - before, Is.EqualTo(1));
    }

    [Test]
    public async Task A_change_of_password_is_told_to_come_back_too()
    {
        var person = await Server.AddPersonAsync();
        var browser = BrowserAt("203.0.113.10");
        await browser.TrySignInAsync(person.UserName!, People.Password);
        var page = await browser.GetAsync("/account/password");
        Task<Page> ChangeAsync() => browser.SubmitAsync(page.FormWith("current"), [new("current", "wrong"), new("replacement", "Another-Horse-8-Battery")]);
        held.Hold();
        var first = ChangeAsync();
        await UntilAsync(() => held.IsBusy);
        var waiting = Enumerable.Range(0, Places).Select(_ => ChangeAsync()).ToList();
        await UntilAsync(() => Queue.Waiting == Places);

        var refused = await ChangeAsync();
        held.Release();
        await Task.WhenAll([first, .. waiting]);

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Headers.RetryAfter?.Delta, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(refused.FormWith("current")["replacement"].Value, Is.Empty);
    }

    /// <summary>One verification that runs and does not end, and one in each place: from the addresses asked for.</summary>
    private async Task<List<Task<Page>>> FillAsync(Func<int, string> address)
    {
        held.Hold();
        List<Task<Page>> all = [];
        for (var i = 0; i <= Places; i++)
        {
            all.Add(BrowserAt(address(i)).TrySignInAsync("nobody", "wrong"));
            var waiting = i;
            await UntilAsync(() => held.IsBusy && Queue.Waiting == waiting);
        }
        return all;
    }

    private BrowserClient BrowserAt(string address)
    {
        var browser = Server.NewBrowser();
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return browser;
    }

    private static string Alert(Page page) => page.Body[page.Body.IndexOf("id=\"signin-error\"", StringComparison.Ordinal)..].Split('<')[0];

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            if (tries == 1000) throw new TimeoutException("It has not come so far in 10 s.");
            await Task.Delay(10);
        }
    }

    /// <summary>The real hash; a verification waits before it while a test holds it.</summary>
    private sealed class HeldVerification : IPasswordHasher<User>, IDisposable
    {
        private readonly PasswordHasher real = new(Options.Create(new PasswordHashOptions()));
        private readonly ManualResetEventSlim open = new(true);
        private int running;
        private int verified;

        public bool IsBusy => Volatile.Read(ref running) > 0;

        public int Verified => Volatile.Read(ref verified);

        public void Hold() => open.Reset();

        public void Release() => open.Set();

        public string HashPassword(User user, string password) => real.HashPassword(user, password);

        public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
        {
            Interlocked.Increment(ref running);
            try
            {
                if (!open.Wait(TimeSpan.FromSeconds(60))) throw new TimeoutException("Nobody released the verification.");
                return real.VerifyHashedPassword(user, hashedPassword, providedPassword);
            }
            finally
            {
                Interlocked.Increment(ref verified);
                Interlocked.Decrement(ref running);
            }
        }

        public void Dispose() => open.Dispose();
    }
}
