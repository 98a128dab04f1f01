using IdP.Mail;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace IdP.UI.Tests.Recovery;

/// <summary>A forgotten password and a frozen account in a real browser, with the mailbox of a development server.</summary>
public sealed class MailPageTests(DatabaseKind database) : ServerTest(database)
{
    private const string Fresh = "An-Unusual-Pelican-42";

    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string> { ["Mail:Mailbox"] = "true" } };

    [Test]
    public async Task A_forgotten_password_is_set_anew_and_every_page_is_accessible([Values] bool darkPhone)
    {
        var person = await NewPersonAsync();
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark: darkPhone, phone: darkPhone);
        var (page, name) = (visitor.Page, darkPhone ? "dark-phone" : "light-desktop");

        await page.GotoAsync("/signin");
        await page.FillAsync("#username", person);
        await page.ClickAsync("button.primary");
        await page.ClickAsync("text=Forgotten your password?");
        Assert.That(await page.InputValueAsync("#username"), Is.EqualTo(person));
        await visitor.AssertAccessibleAsync("forgotten");
        await visitor.KeepPictureAsync($"forgotten-{name}");
        await page.ClickAsync("button.primary");
        await visitor.AssertAccessibleAsync("sent");
        await visitor.KeepPictureAsync($"forgotten-sent-{name}");

        await ReadMailAsync(visitor, "password/new");
        await visitor.AssertAccessibleAsync("new password");
        await visitor.KeepPictureAsync($"new-password-{name}");
        var link = page.Url;
        await page.FillAsync("#password", "password1");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#password-error");
        await visitor.AssertAccessibleAsync("refused password");
        await page.FillAsync("#password", Fresh);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("text=Your new password is set");
        await visitor.AssertAccessibleAsync("password is set");
        await page.FillAsync("#password", Fresh);
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/account");

        await page.GotoAsync(link);
        Assert.That(await page.TextContentAsync("h1"), Is.EqualTo("This link does not work any more"));
        await visitor.AssertAccessibleAsync("link over");
        await visitor.KeepPictureAsync($"link-over-{name}");
        await ReadMailAsync(visitor, "account-freeze");
        await visitor.AssertAccessibleAsync("freeze");
        await visitor.KeepPictureAsync($"freeze-{name}");
        await page.ClickAsync("button.danger");
        await page.ArriveAtAsync("*/account-freeze/done");
        await visitor.AssertAccessibleAsync("frozen");
        await visitor.KeepPictureAsync($"frozen-{name}");
        await page.GotoAsync("/account");
        Assert.That(new Uri(page.Url).AbsolutePath, Is.EqualTo("/signin"));
    }

    /// <summary>Opens the newest mail's link with this in its address.</summary>
    private static async Task ReadMailAsync(Visitor visitor, string part)
    {
        for (var until = DateTime.UtcNow.AddSeconds(20); ; await Task.Delay(100))
        {
            await visitor.Page.GotoAsync("/dev/mailbox");
            var links = visitor.Page.Locator($"a[href*='{part}']");
            if (await links.CountAsync() > 0)
            {
                await visitor.AssertAccessibleAsync("mailbox");
                await links.First.ClickAsync();
                await visitor.Page.ArriveAtAsync($"*/{part}*");
                return;
            }
            if (DateTime.UtcNow > until) throw new TimeoutException($"No mail with a link to {part} came.");
        }
    }

    private async Task<string> NewPersonAsync()
    {
        var name = "m" + Guid.NewGuid().ToString("N")[..12];
        var person = new User { UserName = name, NormalizedUserName = name.ToUpperInvariant(), Name = "Mara Mail", Email = name + "@mail.example", NormalizedEmail = (name + "@mail.example").ToUpperInvariant(), EmailConfirmed = true, SecurityStamp = name };
        person.PasswordHash = Server.Services.GetRequiredService<IPasswordHasher<User>>().HashPassword(person, "Correct-Horse-7-Battery");
        await Server.WithDatabaseAsync(async db =>
        {
            await db.OutgoingMails.ExecuteDeleteAsync();
            db.Users.Add(person);
            return await db.SaveChangesAsync();
        });
        return name;
    }
}
