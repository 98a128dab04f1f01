namespace IdP.Tests.Docs;

/// <summary>The scripts of the integrator's pages, run against a server that knows exactly what the pages register. Each checks its answer itself.</summary>
public sealed class ScriptTests(DatabaseKind database) : ServerTest(database)
{
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

    private static IReadOnlyList<string> Scripts() => Repository.Files("docs/integrate/snippets", "*.sh");

    private Task<ChildProcess> RunAsync(string script, Uri provider) => ChildProcess.StartAsync("sh", [Repository.PathOf(script)], Repository.Root,
        new Dictionary<string, string> { ["IDP"] = provider.OriginalString.TrimEnd('/'), ["API"] = apiUrl!.OriginalString }); // set before the tests
}
