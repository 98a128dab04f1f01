using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace IdP.UI.Tests.Console;

/// <summary>Initial access tokens, from the console to the client registered with one.</summary>
[OnOneDatabase(DatabaseKind.Sqlite)]
public sealed class RegistrationPageTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database) { More = new Dictionary<string, string> { ["DynamicRegistration:Mode"] = "InitialAccessToken" } };

    [Test]
    public async Task An_owner_makes_a_token_sees_it_once_and_deletes_it()
    {
        await using var visitor = await Visitor.ArriveAsync(Server.Origin);
        var page = visitor.Page;
        await page.GotoAsync("/signin?returnUrl=/console/registration");
        await visitor.SignInAsync(TestUsers.Root);

        await page.FillAsync("#uses", "0");
        await page.ClickAsync("text=Make token");
        Assert.That(await page.TextContentAsync("[role=alert]"), Does.Contain("registrations"), "no use at all is refused in words");

        await page.FillAsync("#description", "Team Blue");
        await page.FillAsync("#uses", "1");
        await page.FillAsync("#days", "30");
        await page.ClickAsync("text=Make token");
        var token = await page.InputValueAsync("#new-token");
        var registered = await RegisterAsync(token);
        await page.GotoAsync("/console/registration");

        Assert.That(await page.ContentAsync(), Does.Not.Contain(token));
        Assert.That(await page.TextContentAsync("tbody tr"), Does.Contain("Team Blue").And.Contain("0"), "its one use is taken");
        await page.GotoAsync("/console/clients?q=Self-made");
        Assert.That(await page.TextContentAsync("tbody"), Does.Contain(registered));

        await page.GotoAsync("/console/registration");
        await page.ClickAsync("text=Delete");
        Assert.That(await page.TextContentAsync("[role=status]"), Does.Contain("deleted"));
        Assert.That(await page.Locator("tbody tr").CountAsync(), Is.Zero);
    }

    private async Task<string> RegisterAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/dcr")
        {
            Content = new StringContent("""{"client_name":"Self-made app","redirect_uris":["https://self.example.test/cb"]}""", Encoding.UTF8, "application/json"),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
        using var answer = await Server.NewHttpClient().SendAsync(request);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("client_id").GetString()!; // else the assertion on the console fails
    }
}
