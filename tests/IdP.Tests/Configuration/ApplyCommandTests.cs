namespace IdP.Tests.Configuration;

/// <summary>The command line itself, as an operator meets it: another process on the database of a running server.</summary>
public sealed class ApplyCommandTests(DatabaseKind database) : ServerTest(database)
{
    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("idp-apply-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public async Task A_file_is_planned_applied_and_applied_again()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "more.json"), """{ "groups": [{ "name": "planned" }] }""");

        var plan = await RunAsync("apply", "more.json", "--plan");
        var apply = await RunAsync("apply", "more.json");
        var again = await RunAsync("apply", "more.json");

        Assert.That((plan.Code, plan.Text), Is.EqualTo((0, "group planned: create\n1 change(s) planned, nothing was changed.")));
        Assert.That((apply.Code, apply.Text), Is.EqualTo((0, "group planned: create\n1 change(s) made.")));
        Assert.That((again.Code, again.Text), Is.EqualTo((0, "Nothing to change.")));
    }

    [Test]
    public async Task A_wrong_file_says_what_is_wrong_where_and_that_nothing_was_changed()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "wrong.json"), """{ "groups": [{ "name": "good" }], "clients": [{ "clientId": "web", "redirectUris": ["https://*.example/cb"] }] }""");

        var (code, text) = await RunAsync("apply", "wrong.json");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(text, Is.EqualTo("error: $.clients[0].redirectUris[0]: Wildcards are not allowed: list every URI in full.\nNothing was changed."));
        Assert.That(await Server.WithDatabaseAsync(db => Task.FromResult(db.Groups.Any(g => g.Name == "good"))), Is.False);
    }

    [Test]
    public async Task A_missing_file_is_named_in_full()
    {
        var (code, text) = await RunAsync("apply", "nowhere.json");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(text, Is.EqualTo($"error: The file {Path.Combine(folder, "nowhere.json")} cannot be read: it does not exist.\nNothing was changed."));
    }

    [TestCase("apply")]
    [TestCase("apply", "a.json", "b.json")]
    [TestCase("apply", "--plan")]
    [TestCase("aply", "a.json")]
    public async Task A_command_that_makes_no_sense_gets_the_usage(params string[] arguments)
    {
        var (code, text) = await RunAsync(arguments);

        Assert.That(code, Is.EqualTo(2));
        Assert.That(text, Does.StartWith("Usage: IdP.Server"));
    }

    private async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        await using var process = await ServerProcess.RunProviderAsync(Settings, Server.Database, folder, arguments);
        var code = await process.WaitAsync(TimeSpan.FromSeconds(60));
        return (code, string.Join('\n', process.Output));
    }
}
