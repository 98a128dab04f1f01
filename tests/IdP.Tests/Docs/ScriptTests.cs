namespace IdP.Tests.Docs;

/// <summary>The scripts of the integrator's pages, run against a server that knows exactly what the pages register. Each checks its answer itself.</summary>
public sealed class ScriptTests(DatabaseKind database) : ServerTest(database)
{
    private const string DeviceScript = "docs/integrate/snippets/device.sh";

    private ChildProcess? api;
    private Uri? apiUrl;

    protected override ServerSettings Settings => base.Settings with { Configuration = IntegratorConfiguration.All() };

    [OneTimeSetUp]
    public async Task StartApiAsync() => (api, apiUrl) = await SampleProcess.StartApiAsync(Server.Origin);

    [OneTimeTearDown]
    public async Task StopApiAsync()
    {
        if (api is not null) await api.DisposeAsync();
    }

    [TestCaseSource(nameof(Scripts))]
    public async Task A_script_gets_the_answer_that_its_page_promises(string script)
    {
        await using var shell = await RunAsync(script, Server.Origin);

        Assert.That(await shell.WaitAsync(), Is.Zero, string.Join(Environment.NewLine, shell.Output));
        Assert.That(shell.Output, Is.Not.Empty);
    }

    [TestCaseSource(nameof(Scripts))]
    public async Task A_script_fails_when_the_answer_is_another(string script)
    {
        await using var shell = await RunAsync(script, new Uri(Server.Origin, "/nothing-here/"));

        Assert.That(await shell.WaitAsync(), Is.Not.Zero);
        Assert.That(shell.Output, Is.Not.Empty, "A script that fails says so.");
    }

    [Test]
    public async Task The_device_script_shows_a_code_and_gets_tokens_once_the_person_has_confirmed_it()
    {
        await using var shell = await RunAsync(DeviceScript, Server.Origin);
        var browser = Server.NewBrowser();

        var done = await browser.ConnectDeviceAsync((await shell.LineAsync("enter the code")).Split(' ')[^1], new TestUser("alice", "Correct-Horse-7-Battery"));

        Assert.That(done.Body, Does.Contain("Demo television"));
        Assert.That(await shell.WaitAsync(), Is.Zero, string.Join(Environment.NewLine, shell.Output));
        Assert.That(shell.Output, Has.One.EqualTo("Connected."));
    }

    [Test]
    public async Task The_device_script_says_that_the_person_refused()
    {
        await using var shell = await RunAsync(DeviceScript, Server.Origin);
        var browser = Server.NewBrowser();

        await browser.ConnectDeviceAsync((await shell.LineAsync("enter the code")).Split(' ')[^1], new TestUser("alice", "Correct-Horse-7-Battery"), allow: false);

        Assert.That(await shell.WaitAsync(), Is.EqualTo(1));
        Assert.That(shell.Output, Has.One.Contains("access_denied"));
    }

    [Test]
    public async Task The_device_script_fails_where_there_is_no_provider()
    {
        await using var shell = await RunAsync(DeviceScript, new Uri(Server.Origin, "/nothing-here/"));

        Assert.That(await shell.WaitAsync(), Is.EqualTo(1));
    }

    /// <summary>All but the one that waits for a person.</summary>
    private static IEnumerable<string> Scripts() => Repository.Files("docs/integrate/snippets", "*.sh").Where(script => script != DeviceScript);

    private Task<ChildProcess> RunAsync(string script, Uri provider) => ChildProcess.StartAsync("sh", [Repository.PathOf(script)], Repository.Root,
        new Dictionary<string, string> { ["IDP"] = provider.OriginalString.TrimEnd('/'), ["API"] = apiUrl!.OriginalString }); // set before the tests
}
