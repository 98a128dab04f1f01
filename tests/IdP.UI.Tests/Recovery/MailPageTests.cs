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

    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string> { ["Mail:Mailbox"] = "true", ["SignIn:ByMail"] = "true", ["SignUp:Enabled"] = "true" } };

    [Test]
    public async Task A_forgotten_password_is_set_anew_and_every_page_is_accessible()
    {
        var darkPhone = Looks.IsPhone(Database, dark: true);
        var person = await NewPersonAsync();
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark: darkPhone, phone: darkPhone, language: Looks.Language(darkPhone));
        var (page, name) = (visitor.Page, darkPhone ? "dark-phone" : "light-desktop");

        await page.GotoAsync("/signin");
        await page.FillAsync("#username", person);
        await page.ClickAsync("button.primary");
        await page.ClickAsync("a[href*=forgotten]");
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
        await page.WaitForSelectorAsync(".alert.ok[role=status]");
        await visitor.AssertAccessibleAsync("password is set");
        await page.FillAsync("#password", Fresh);
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/account");

        await page.GotoAsync(link);
        Assert.That(await page.Locator("form:not(.languages form)").CountAsync(), Is.Zero, "the link works once");
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

    [Test]
    public async Task A_code_by_mail_signs_in_and_a_new_account_is_made_and_every_page_is_accessible()
    {
        var darkPhone = Looks.IsPhone(Database, dark: true);
        var person = await NewPersonAsync();
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark: darkPhone, phone: darkPhone, language: Looks.Language(darkPhone));
        var (page, name) = (visitor.Page, darkPhone ? "dark-phone" : "light-desktop");

        await page.GotoAsync("/signin");
        await visitor.AssertAccessibleAsync("sign-in with an offer of an account");
        await page.FillAsync("#username", person);
        await page.ClickAsync("button.primary");
        await page.ClickAsync("form[action='/signin/mail'] button");
        await page.WaitForSelectorAsync("#code:focus");
        await visitor.AssertAccessibleAsync("code");
        await visitor.KeepPictureAsync($"mail-code-{name}");
        var waiting = page.Url;
        await ReadMailAsync(visitor, "signin/mail/link");
        await visitor.AssertAccessibleAsync("link");
        await visitor.KeepPictureAsync($"mail-link-{name}");
        var link = page.Url;
        await using (var elsewhere = await Visitor.ArriveAsync(Server.Origin, dark: darkPhone, phone: darkPhone, language: Looks.Language(darkPhone)))
        {
            await elsewhere.Page.GotoAsync(link);
            await elsewhere.AssertAccessibleAsync("link in another browser");
            await elsewhere.KeepPictureAsync($"mail-link-elsewhere-{name}");
        }
        await page.GotoAsync(waiting);
        await page.FillAsync("#code", "1");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#code-error");
        await visitor.AssertAccessibleAsync("wrong code");
        await page.GotoAsync(link);
        await page.WaitForSelectorAsync("button.primary:focus");
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/account");
        Assert.That(await page.TextContentAsync("h1"), Does.Contain("Mara Mail"));

        await using var stranger = await Visitor.ArriveAsync(Server.Origin, dark: darkPhone, phone: darkPhone, language: Looks.Language(darkPhone));
        await stranger.Page.GotoAsync("/signin");
        await stranger.Page.ClickAsync("a[href^='/signup']");
        await stranger.AssertAccessibleAsync("sign-up");
        await stranger.KeepPictureAsync($"sign-up-{name}");
        await stranger.Page.FillAsync("#email", $"new{Guid.NewGuid():N}@mail.example");
        await stranger.Page.Keyboard.PressAsync("Enter");
        await stranger.Page.WaitForSelectorAsync("main:not(:has(#email))");
        await stranger.AssertAccessibleAsync("sign-up sent");
        await ReadMailAsync(stranger, "signup/finish");
        await stranger.Page.FillAsync("#name", "Nora New");
        await stranger.Page.FillAsync("#password", "password1");
        await stranger.Page.Keyboard.PressAsync("Enter");
        await stranger.Page.WaitForSelectorAsync("#password-error");
        await stranger.AssertAccessibleAsync("finish");
        await stranger.KeepPictureAsync($"finish-{name}");
        await stranger.Page.FillAsync("#password", Fresh);
        await stranger.Page.Keyboard.PressAsync("Enter");
        await stranger.Page.ArriveAtAsync("*/account");
        Assert.That(await stranger.Page.TextContentAsync("h1"), Does.Contain("Nora New"));
    }

    [Test]
    public async Task An_owner_invites_somebody()
    {
        var darkPhone = Looks.IsPhone(Database, dark: true);
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark: darkPhone, phone: darkPhone);
        var page = visitor.Page;
        await page.GotoAsync("/signin?returnUrl=/console/invitations");
        await visitor.SignInAsync(TestUsers.Root);
        await page.FillAsync("#email", $"invited{darkPhone}@mail.example");
        await page.CheckAsync("input[name=roles][value=owner]");
        await page.ClickAsync("text=Send the invitation");
        await page.WaitForSelectorAsync("text=The invitation is on its way");
        await visitor.AssertAccessibleAsync("invitations");
        await visitor.KeepPictureAsync("invitations-" + (darkPhone ? "dark-phone" : "light-desktop"));
        await page.ClickAsync("text=Take back");

        Assert.That(await page.TextContentAsync("[role=status]"), Is.EqualTo("The invitation is taken back."));
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
