using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace IdP.UI.Tests;

/// <summary>
/// Waits until a page is at an address. Playwright's <c>WaitForURLAsync</c> looks at the address and then starts to listen for navigations: on a busy machine
/// the page arrives in between, and it waits for a navigation that never comes.
/// </summary>
public static class Arrival
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Step = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Clicks what sends a form or follows a link and waits until the next page is there. A click alone comes back before that when the machine is busy, and whatever the test
    /// opens next ends the request.
    /// </summary>
    public static Task ClickOnAsync(this IPage page, string selector) => LeaveAsync(page, () => page.ClickAsync(selector));

    /// <summary>The same by keyboard.</summary>
    public static Task PressOnAsync(this IPage page, string selector) => LeaveAsync(page, () => page.Locator(selector).PressAsync("Enter"));

    private static async Task LeaveAsync(IPage page, Func<Task> act)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(object? sender, IFrame frame)
        {
            if (frame == page.MainFrame) arrived.TrySetResult();
        }
        page.FrameNavigated += Look;
        try
        {
            await act();
            await arrived.Task.WaitAsync(Patience);
        }
        finally
        {
            page.FrameNavigated -= Look;
        }
        await page.WaitForLoadStateAsync(LoadState.DOMContentLoaded);
    }

    /// <param name="page">The page.</param>
    /// <param name="address">The whole address; <c>*</c> stands for any text.</param>
    public static async Task ArriveAtAsync(this IPage page, string address)
    {
        var pattern = new Regex($"^{Regex.Escape(address).Replace("\\*", ".*", StringComparison.Ordinal)}$");
        var until = DateTime.UtcNow + Patience;
        while (!pattern.IsMatch(page.Url))
        {
            if (DateTime.UtcNow > until) throw new TimeoutException($"Still at {page.Url} after {Patience.TotalSeconds} seconds, not at {address}:{Environment.NewLine}{await page.ContentAsync()}");
            await Task.Delay(Step);
        }
        await page.Locator("body").WaitForAsync(new() { State = WaitForSelectorState.Attached });
    }
}
