using IdP.Exports;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.UI.Tests.Account;

/// <summary>The page of a person's data: a copy, the deletion, and the way back from it, by keyboard and without script.</summary>
[OnOneDatabase(DatabaseKind.Sqlite)]
public sealed class DataPageTests(DatabaseKind database) : ServerTest(database)
{
    [Test]
    public async Task A_copy_is_asked_for_and_an_account_deleted_and_kept_by_keyboard_on_every_screen([Values] bool dark)
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, phone: dark, language: Looks.Language(dark));
        var page = visitor.Page;
        await page.GotoAsync("/signin?returnUrl=/account/data");
        await visitor.SignInAsync(dark ? TestUsers.Alice : TestUsers.Bob);
        await page.ArriveAtAsync("*/account/data");
        await LookAsync("data");

        await page.FocusAsync("form[action='/account/data/export'] button");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("section >> role=status");
        await Server.Services.GetRequiredService<ExportJob>().RunAsync(default);
        for (var i = 0; i < 100 && await page.QuerySelectorAsync("a[href='/account/data/export']") is null; i++) await page.ReloadAsync();
        await LookAsync("data-ready");

        await page.FocusAsync("input[name=confirm]");
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/account-deletion*");
        await LookAsync("deletion");
        await page.FocusAsync("form[action='/account-deletion'] button");
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/account-deletion/cancelled");
        await LookAsync("kept");

        async Task LookAsync(string name)
        {
            await visitor.AssertAccessibleAsync(name);
            await visitor.AssertFitsAsync(name);
            await visitor.KeepPictureAsync($"account-{name}-{(dark ? "dark-phone" : "light-desktop")}");
        }
    }

    [Test]
    public async Task An_owner_sees_who_is_deleted_and_cancels_it()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var page = visitor.Page;
        await page.GotoAsync("/signin?returnUrl=/console/users?q=carol");
        await visitor.SignInAsync(TestUsers.Root);
        await page.ClickOnAsync("main td a");
        await page.CheckAsync("section[aria-labelledby=erasure] input[name=confirm]");
        await page.ClickOnAsync("section[aria-labelledby=erasure] button");
        await page.ArriveAtAsync("*/console/erasures*");
        await visitor.AssertAccessibleAsync("deletions");
        await visitor.AssertFitsAsync("deletions");
        await visitor.KeepPicturesAsync("console-deletions");

        await page.ClickOnAsync("main td a");
        await visitor.AssertAccessibleAsync("a person who is to be deleted");
        await visitor.KeepPicturesAsync("console-user-deletion");
        await page.ClickOnAsync("section[aria-labelledby=erasure] button");

        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("The deletion is cancelled"));
    }
}
