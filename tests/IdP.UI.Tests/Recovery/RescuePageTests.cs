using IdP.Credentials;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.UI.Tests.Recovery;

/// <summary>The ways back for people who cannot sign in, in a real browser: of the person, of the help desk, and of the owner of the account.</summary>
public sealed class RescuePageTests(DatabaseKind database) : ServerTest(database)
{
    private const string Fresh = "An-Unusual-Pelican-42", Password = "Correct-Horse-7-Battery";

    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""{ "groups": [{ "name": "two" }], "signInPolicies": [{ "name": "two factors", "groups": ["two"], "factors": "mfa" }] }"""),
        More = new Dictionary<string, string> { ["Mail:Mailbox"] = "true", ["Recovery:Supervised"] = "true", ["SignIn:MailAsSecondFactor"] = "true" },
    };

    [Test]
    public async Task A_pass_is_issued_and_typed_and_every_page_is_accessible()
    {
        var (dark, name) = Look();
        var (person, helper) = (await AddAsync(withApp: true), await AddAsync(role: Role.HelpDesk));
        await using var desk = await Visitor.ArriveAsync(Server.Origin, dark: dark, phone: dark);
        await desk.Page.GotoAsync("/signin?returnUrl=/console/users");
        await desk.SignInAsync(new TestUser(helper.UserName!, Password));
        await desk.Page.ArriveAtAsync("*/console/users");
        await desk.AssertAccessibleAsync("people");
        await desk.KeepPictureAsync($"helpdesk-users-{name}");
        await desk.Page.GotoAsync($"/console/users/{person.Id}");
        await desk.Page.FillAsync("#reason", "Called back at the number in the directory");
        await desk.Page.CheckAsync("input[name=lost]");
        await desk.Page.SelectOptionAsync("#minutes", "10");
        await desk.AssertAccessibleAsync("person");
        await desk.KeepPictureAsync($"helpdesk-person-{name}");
        await desk.Page.ClickAsync("text=Issue temporary pass");
        await desk.Page.WaitForSelectorAsync("#new-pass");
        await desk.AssertAccessibleAsync("pass");
        await desk.KeepPictureAsync($"pass-issued-{name}");
        var pass = await desk.Page.InputValueAsync("#new-pass");

        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark: dark, phone: dark, language: dark ? "de-DE" : null);
        var page = visitor.Page;
        await page.GotoAsync("/signin");
        await visitor.SignInAsync(new TestUser(person.UserName!, pass));
        await page.ArriveAtAsync("*/signin/rescue?login=*");
        await visitor.AssertAccessibleAsync("rescue");
        await visitor.KeepPictureAsync($"rescue-{name}");
        await page.FillAsync("#password", "password1");
        await page.FillAsync("#code", "000000");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#password-error");
        await visitor.AssertAccessibleAsync("refused password");

        var simple = await AddAsync();
        await desk.Page.GotoAsync($"/console/users/{simple.Id}");
        await desk.Page.FillAsync("#reason", "Seen at the desk");
        await desk.Page.Keyboard.PressAsync("Enter");
        await desk.Page.WaitForSelectorAsync("#new-pass");
        await page.GotoAsync("/signin");
        await visitor.SignInAsync(new TestUser(simple.UserName!, await desk.Page.InputValueAsync("#new-pass")));
        await page.ArriveAtAsync("*/signin/rescue?login=*");
        await visitor.KeepPictureAsync($"rescue-simple-{name}");
        await page.FillAsync("#password", Fresh);
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/account");
    }

    [Test]
    public async Task Somebody_is_let_in_by_the_number_and_the_waiting_page_notices_by_itself()
    {
        var (dark, name) = Look();
        var (person, helper) = (await AddAsync(), await AddAsync(role: Role.HelpDesk));
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark: dark, phone: dark, language: dark ? "fr-FR" : null);
        var page = visitor.Page;
        await page.GotoAsync("/signin");
        await page.FillAsync("#username", person.UserName!);
        await page.ClickAsync("button.primary");
        await visitor.KeepPictureAsync($"password-with-recovery-{name}");
        await page.ClickAsync("a[href^='/recovery']");
        await visitor.AssertAccessibleAsync("ask");
        await visitor.KeepPictureAsync($"recovery-ask-{name}");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#number");
        await visitor.AssertAccessibleAsync("waiting");
        await visitor.KeepPictureAsync($"recovery-waiting-{name}");
        var number = await page.TextContentAsync("#number");

        await using var desk = await Visitor.ArriveAsync(Server.Origin, dark: dark, phone: dark);
        await desk.Page.GotoAsync("/signin?returnUrl=/console/recoveries");
        await desk.SignInAsync(new TestUser(helper.UserName!, Password));
        await desk.Page.FillAsync("#number", number!);
        for (var until = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < until; await Task.Delay(100))
        {
            await desk.Page.FocusAsync("#number");
            await desk.Page.Keyboard.PressAsync("Enter");
            await desk.Page.WaitForSelectorAsync("#request");
            if (await desk.Page.Locator("button[value=approve]").CountAsync() > 0) break; // whose name it is, is found out a moment later
        }
        await desk.AssertAccessibleAsync("request");
        await desk.KeepPictureAsync($"recovery-request-{name}");
        await desk.Page.FillAsync("#reason", "Known for years, seen at the desk");
        await desk.Page.ClickAsync("button[value=approve]");
        await desk.Page.WaitForSelectorAsync("text=The request is approved");
        await desk.AssertAccessibleAsync("approved request");

        await page.WaitForSelectorAsync("form[action='/recovery/go-on']");
        await visitor.AssertAccessibleAsync("approved");
        await visitor.KeepPictureAsync($"recovery-approved-{name}");
        await page.WaitForSelectorAsync("button:focus");
        await page.Keyboard.PressAsync("Enter");
        await page.ArriveAtAsync("*/signin/rescue?login=*");
        await page.GotoAsync("/dev/mailbox");
        await page.ClickAsync("a[href*='recovery/stop']");
        await visitor.AssertAccessibleAsync("stop");
        await visitor.KeepPictureAsync($"recovery-stop-{name}");
        await page.ClickAsync("button.danger");
        await page.ArriveAtAsync("*/recovery/stop/done");
        await visitor.AssertAccessibleAsync("stopped");
        await visitor.KeepPictureAsync($"recovery-stopped-{name}");
    }

    [Test]
    public async Task A_code_by_mail_is_offered_in_place_of_a_factor()
    {
        var (dark, name) = Look();
        var person = await AddAsync(group: "two");
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark: dark, phone: dark, language: dark ? "ja-JP" : null);
        var page = visitor.Page;
        await page.GotoAsync("/signin");
        await visitor.SignInAsync(new TestUser(person.UserName!, Password));
        await page.ArriveAtAsync("*/signin/factor?login=*");
        await visitor.AssertAccessibleAsync("offer");
        await visitor.KeepPictureAsync($"mail-factor-{name}");
        await page.ClickAsync("button.primary");
        await page.WaitForSelectorAsync("#code:focus");
        await visitor.AssertAccessibleAsync("code");
        await visitor.KeepPictureAsync($"mail-factor-sent-{name}");
        await page.FillAsync("#code", "1");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("#factor-error");
        await visitor.AssertAccessibleAsync("wrong code");
    }

    private (bool Dark, string Name) Look() => Looks.IsPhone(Database, dark: true) ? (true, "dark-phone") : (false, "light-desktop");

    private async Task<User> AddAsync(string? role = null, string? group = null, bool withApp = false)
    {
        var name = "r" + Guid.NewGuid().ToString("N")[..12];
        var person = new User { UserName = name, NormalizedUserName = name.ToUpperInvariant(), Name = "Rita Rescue", Email = name + "@mail.example", NormalizedEmail = (name + "@mail.example").ToUpperInvariant(), EmailConfirmed = true, SecurityStamp = name, CreatedAt = DateTimeOffset.UnixEpoch };
        person.PasswordHash = Server.Services.GetRequiredService<IPasswordHasher<User>>().HashPassword(person, Password);
        await Server.WithDatabaseAsync(async db =>
        {
            await db.OutgoingMails.ExecuteDeleteAsync();
            db.Users.Add(person);
            if (role is not null) db.UserRoles.Add(new() { UserId = person.Id, RoleId = await db.Roles.Where(r => r.Name == role).Select(r => r.Id).SingleAsync() });
            if (group is not null) db.GroupMembers.Add(new() { UserId = person.Id, GroupId = await db.Groups.Where(g => g.Name == group).Select(g => g.Id).SingleAsync() });
            if (withApp) db.Credentials.Add(new Credential { UserId = person.Id, Kind = CredentialKinds.AuthenticatorApp, ProtectedData = "not read here", CreatedAt = DateTimeOffset.UnixEpoch });
            return await db.SaveChangesAsync();
        });
        return person;
    }
}
