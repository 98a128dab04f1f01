namespace IdP.Tests.Docs;

/// <summary>The samples that need no browser of their own, as separate processes against the real server.</summary>
public sealed class SampleTests(DatabaseKind database) : ServerTest(database)
{
    private ChildProcess? api;
    private Uri? apiUrl;

    protected override ServerSettings Settings => base.Settings with { Configuration = IntegratorConfiguration.All() };

    private Dictionary<string, string> Api => new() { ["ApiUrl"] = apiUrl!.OriginalString }; // set before the tests

    [OneTimeSetUp]
    public async Task StartApiAsync() => (api, apiUrl) = await SampleProcess.StartApiAsync(Server.Origin);

    [OneTimeTearDown]
    public async Task StopApiAsync()
    {
        if (api is not null) await api.DisposeAsync();
    }

    [Test]
    public async Task The_worker_calls_the_API_with_a_token_of_its_own()
    {
        await using var worker = await SampleProcess.StartAsync("Worker", Server.Origin, Api, "--once");

        Assert.That(await worker.WaitAsync(), Is.Zero, string.Join(Environment.NewLine, worker.Output));
        Assert.That(worker.Output, Has.Some.Contains("forecast").And.Some.Contains("\"clientId\":\"worker\""));
    }

    [Test]
    public async Task The_worker_names_the_reason_when_its_secret_is_wrong()
    {
        await using var worker = await SampleProcess.StartAsync("Worker", Server.Origin, new(Api) { ["ClientSecret"] = "not-the-secret" }, "--once");

        Assert.That(await worker.WaitAsync(), Is.EqualTo(1));
        Assert.That(worker.Output, Has.One.Contains("invalid_client"));
    }

    [Test]
    public async Task The_worker_says_in_one_line_that_the_provider_is_not_there()
    {
        var nobody = new Uri($"http://localhost:{LoopbackPort.Free()}");
        await using var worker = await SampleProcess.StartAsync("Worker", nobody, Api, "--once");

        Assert.That(await worker.WaitAsync(), Is.EqualTo(1));
        Assert.That(worker.Output, Has.Count.EqualTo(1).And.One.Contains(nobody.Authority));
    }

    [Test]
    public async Task The_command_line_app_signs_a_person_in_on_a_port_of_its_choice()
    {
        await using var app = await SampleProcess.StartAsync("NativeCli", Server.Origin, Api, "--no-browser");
        var address = (await app.LineAsync("/connect/authorize"))["Sign in with your browser: ".Length..];

        var answer = await SignInAsync(address, allow: true);

        Assert.That(answer, Does.StartWith("Done."));
        Assert.That(await app.WaitAsync(), Is.Zero, string.Join(Environment.NewLine, app.Output));
        Assert.That(app.Output, Has.One.EqualTo("Signed in as Alice Example").And.Some.Contains("\"clientId\":\"native\""));
    }

    [Test]
    public async Task The_command_line_app_accepts_that_the_person_refuses()
    {
        await using var app = await SampleProcess.StartAsync("NativeCli", Server.Origin, Api, "--no-browser");
        var address = (await app.LineAsync("/connect/authorize"))["Sign in with your browser: ".Length..];

        await SignInAsync(address, allow: false);

        Assert.That(await app.WaitAsync(), Is.EqualTo(1));
        Assert.That(app.Output, Has.One.Contains("access_denied"));
    }

    /// <summary>Plays the person in the browser and answers what the app shows there at the end.</summary>
    private async Task<string> SignInAsync(string address, bool allow)
    {
        var browser = Server.NewBrowser();
        var signIn = await browser.OpenAsync(address);
        var consent = await browser.FollowAsync(await browser.SignInAsync(signIn, "alice", "Correct-Horse-7-Battery"));
        var back = await browser.FollowAsync(await browser.ConsentAsync(consent, allow));

        Assert.That(back.Location?.Host, Is.EqualTo("127.0.0.1"), back.Body);
        return (await browser.GetAsync(back.Location!.AbsoluteUri)).Body; // asserted one line above
    }
}
