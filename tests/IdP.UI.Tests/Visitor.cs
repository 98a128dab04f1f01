using Deque.AxeCore.Playwright;
using IdP.Testing;
using Microsoft.Playwright;
using NUnit.Framework;

namespace IdP.UI.Tests;

/// <summary>A person with a browser: collects what went wrong behind the pages (console messages, requests to other hosts) and fails the test for it at the end.</summary>
public sealed class Visitor : IAsyncDisposable
{
    private const int DesktopWidth = 1440, DesktopHeight = 900, PhoneWidth = 390, PhoneHeight = 844;

    private readonly IBrowserContext context;
    private readonly List<string> problems = [];
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> sent = new();

    private Visitor(IBrowserContext context, IPage page, IReadOnlyCollection<string> hosts)
    {
        (this.context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            // Chromium also reports every page that is answered with an error status; those the tests provoke and check themselves.
            var isPageItself = message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal) && message.Location.StartsWith(page.Url, StringComparison.Ordinal);
            if (message.Type is "error" or "warning" && !isPageItself) lock (problems) problems.Add($"{message.Type}: {message.Text}");
        };
        page.Request += (_, request) =>
        {
            if (Uri.TryCreate(request.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && !hosts.Contains(new Uri(request.Url).Authority))
                lock (problems) problems.Add("request to another host: " + request.Url);
            if (request.Method == "POST") sent.Enqueue(new Uri(request.Url).AbsolutePath);
        };
    }

    public IPage Page { get; }

    /// <param name="language">What the browser prefers; English unless given.</param>
    /// <param name="hosts">Host and port of every server the visitor may meet.</param>
    public static async Task<Visitor> ArriveAsync(Uri origin, bool dark = false, bool phone = false, bool javaScript = true, string? language = null, params IReadOnlyCollection<string> hosts)
    {
        var context = await BrowserRun.Browser.NewContextAsync(new()
        {
            BaseURL = origin.ToString(),
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = phone ? new() { Width = PhoneWidth, Height = PhoneHeight } : new() { Width = DesktopWidth, Height = DesktopHeight },
            JavaScriptEnabled = javaScript,
            Locale = language ?? "en-US",
        });
        context.SetDefaultTimeout(30_000);
        return new Visitor(context, await context.NewPageAsync(), [origin.Authority, .. hosts]);
    }

    /// <summary>Where forms and scripts of the pages sent something to.</summary>
    public IReadOnlyCollection<string> Sent => sent;

    /// <summary>What the browser complained about since the last call, for a test that provokes it.</summary>
    public IReadOnlyList<string> TakeProblems()
    {
        lock (problems)
        {
            string[] taken = [.. problems];
            problems.Clear();
            return taken;
        }
    }

    public async Task SignInAsync(TestUser user)
    {
        await Page.FillAsync("#username", user.UserName);
        await Page.ClickOnAsync("button.primary");
        await Page.FillAsync("#password", user.Password);
        await Page.ClickOnAsync("button.primary");
    }

    /// <summary>No serious or critical finding of axe, everything is reached by keyboard (<see cref="KeyboardWalk"/>), and nothing is wider than the window.</summary>
    public async Task AssertAccessibleAsync(string what)
    {
        var findings = (await Page.RunAxe()).Violations.Where(v => v.Impact is "serious" or "critical").Select(v => $"{v.Id}: {v.Help} at {string.Join(", ", v.Nodes.Select(n => n.Html))}");
        Assert.That(findings, Is.Empty, what);
        Assert.That(await KeyboardWalk.FindingsAsync(Page), Is.Empty, what + " by keyboard");
        await AssertNarrowAsync(what);
    }

    /// <summary>Nothing is wider than the window on a phone and on a desk, written to the right and to the left; the page is left as it was.</summary>
    public async Task AssertFitsAsync(string what)
    {
        var size = Page.ViewportSize!; // every visitor has one
        foreach (var (width, height) in new[] { (PhoneWidth, PhoneHeight), (DesktopWidth, DesktopHeight) })
        {
            await Page.SetViewportSizeAsync(width, height);
            foreach (var direction in new[] { "rtl", "ltr" })
            {
                await Page.EvaluateAsync("direction => { document.documentElement.dir = direction; }", direction);
                await AssertNarrowAsync($"{what}, {direction}, {width} pixels wide,");
            }
        }
        await Page.SetViewportSizeAsync(size.Width, size.Height);
    }

    private async Task AssertNarrowAsync(string what) =>
        Assert.That(await Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"), Is.LessThanOrEqualTo(0), what + " scrolls sideways");

    /// <summary>The same at desktop and phone width.</summary>
    public async Task KeepPicturesAsync(string name)
    {
        var size = Page.ViewportSize!; // every visitor has one
        await Page.SetViewportSizeAsync(DesktopWidth, DesktopHeight);
        await KeepPictureAsync(name + "-desktop");
        await Page.SetViewportSizeAsync(PhoneWidth, PhoneHeight);
        await KeepPictureAsync(name + "-phone");
        await Page.SetViewportSizeAsync(size.Width, size.Height);
    }

    /// <summary>A picture of the whole page beside the test's result, for people to look at.</summary>
    public async Task KeepPictureAsync(string name)
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "pictures", name + ".png");
        await Page.ScreenshotAsync(new() { Path = path, FullPage = true });
        TestContext.AddTestAttachment(path);
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        Assert.That(problems, Is.Empty, "What the browser complained about");
    }
}
