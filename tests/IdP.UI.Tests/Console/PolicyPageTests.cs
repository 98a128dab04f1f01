using Microsoft.EntityFrameworkCore;

namespace IdP.UI.Tests.Console;

/// <summary>Policies in the console as a person sees them; what the forms do is proved without a browser (IdP.Tests, PolicyConsoleTests).</summary>
public sealed class PolicyPageTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with
    {
        Configuration = TestConfiguration.With("""{ "groups": [{ "name": "finance" }, { "name": "sales" }], "signInPolicies": [{ "name": "of the file", "groups": ["finance"], "factors": "mfa" }] }"""),
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

        await page.CheckAsync("text=sales");
        await page.ClickAsync("text=Create policy");
        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("created"));
        await visitor.AssertAccessibleAsync("the policy");
        await page.ClickAsync("nav >> text=Policies");
        await visitor.AssertAccessibleAsync("the list");
        await visitor.KeepPictureAsync($"policies-{(dark ? "dark" : "light")}-{Database}");

        await Server.WithDatabaseAsync(async db =>
        {
            db.SignInPolicies.Remove(await db.SignInPolicies.SingleAsync(p => p.Name == "everybody with a passkey"));
            return await db.SaveChangesAsync();
        });
    }
}
