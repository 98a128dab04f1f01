using Microsoft.Playwright;
using NUnit.Framework;

namespace IdP.UI.Tests;

/// <summary>One Chromium for the whole run; every test gets a context of its own.</summary>
[SetUpFixture]
public sealed class BrowserRun
{
    private static IPlaywright? playwright;
    private static IBrowser? browser;

    public static IBrowser Browser => browser ?? throw new InvalidOperationException("The browser runs from the set-up to the tear-down of the run.");

    [OneTimeSetUp]
    public static async Task StartAsync()
    {
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"] });
    }

    [OneTimeTearDown]
    public static async Task StopAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }
}
