using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Tests.Console;

/// <summary>Policies in the console as a person sees them; what the forms do is proved without a browser (IdP.Tests, PolicyConsoleTests).</summary>
[OnOneDatabase(DatabaseKind.PostgreSql)]
public sealed class PolicyPageTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""{ "groups": [{ "name": "finance" }, { "name": "sales" }], "signInPolicies": [{ "name": "of the file", "groups": ["finance"], "factors": "mfa", "enrolmentGraceDays": 14 }] }"""),
    };

    [Test]
    public async Task An_owner_is_told_what_is_wrong_and_what_would_keep_them_out_in_every_theme_and_width([Values] bool dark)
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, Looks.IsPhone(Database, dark));
        var page = visitor.Page;
        await page.GotoAsync("/signin?returnUrl=/console/policies/new");
        await visitor.SignInAsync(TestUsers.Root);

        await page.FillAsync("#name", "everybody with a passkey");
        await page.FillAsync("#maxAge", "soon");
        await page.FillAsync("#networks", "10/8");
        await page.ClickAsync("text=Create policy");
        Assert.That(await page.TextContentAsync("#networks-error"), Does.Contain("192.0.2.0/24"));
        Assert.That(await page.InputValueAsync("#maxAge"), Is.EqualTo("soon"));
        await visitor.AssertAccessibleAsync("with errors");

        await page.FillAsync("#maxAge", "");
        await page.FillAsync("#networks", "");
        await page.SelectOptionAsync("#factors", "PhishingResistant");
        await page.ClickAsync("text=Create policy");
        Assert.That(await page.TextContentAsync("#lock-out"), Does.Contain("a factor that you do not have"));
        await visitor.AssertAccessibleAsync("with the warning");
        await visitor.KeepPictureAsync($"policy-warning-{(dark ? "dark" : "light")}-{Database}");

        await page.ClickAsync("text=Try it");
        Assert.That(await page.TextContentAsync("#replay"), Does.Contain("would end otherwise"));
        await page.ClickAsync("text=What this looks at");
        await visitor.AssertAccessibleAsync("tried");
        await visitor.KeepPictureAsync($"policy-tried-{(dark ? "dark" : "light")}-{Database}");

        await page.CheckAsync("text=sales");
        await page.ClickAsync("text=Create policy");
        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("created"));
        await visitor.AssertAccessibleAsync("the policy");
        await page.ClickAsync("nav >> text=Policies");
        await visitor.AssertAccessibleAsync("the list");
        await visitor.KeepPictureAsync($"policies-{(dark ? "dark" : "light")}-{Database}");

        await page.ClickAsync("text=of the file");
        await page.WaitForSelectorAsync("#in-grace");
        await visitor.AssertAccessibleAsync("a policy with a grace period");

        await Server.WithDatabaseAsync(async db =>
        {
            db.SignInPolicies.Remove(await db.SignInPolicies.SingleAsync(p => p.Name == "everybody with a passkey"));
            return await db.SaveChangesAsync();
        });
    }

    [TestCase("en-US", "Later")]
    [TestCase("de-DE", "Später")]
    public async Task A_person_in_grace_reads_until_when_and_goes_on(string language, string later)
    {
        await Server.WithDatabaseAsync(async db =>
        {
            var (person, group) = (await db.Users.SingleAsync(u => u.UserName == TestUsers.Alice.UserName), await db.Groups.SingleAsync(g => g.Name == "finance"));
            if (!await db.GroupMembers.AnyAsync(m => m.UserId == person.Id && m.GroupId == group.Id)) db.GroupMembers.Add(new() { UserId = person.Id, GroupId = group.Id });
            return await db.SaveChangesAsync();
        });
        var dark = language != "en-US";
        await using var visitor = await Visitor.ArriveAsync(Server.Origin, dark, Looks.IsPhone(Database, dark), language: language);
        var page = visitor.Page;
        await page.GotoAsync("/signin");

        await visitor.SignInAsync(TestUsers.Alice);
        await page.WaitForSelectorAsync("#grace");
        await visitor.AssertAccessibleAsync("the page of the grace");
        await visitor.KeepPictureAsync($"grace-{language}-{Database}");
        await page.ClickAsync($"button:has-text('{later}')");
        await page.ArriveAtAsync("*/account");
    }
}
