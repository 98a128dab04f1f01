namespace IdP.Protocol.Tests.Performance;

/// <summary>A second of <c>bench.sh</c>: that its tool still works, not how fast anything is.</summary>
public sealed class LoadRunTests
{
    [Test]
    public async Task A_short_load_run_measures_token_requests_and_sign_ins_of_this_provider()
    {
        var program = Repository.PathOf("bench", "Load", "bin", Repository.Configuration, "net10.0", "Load.dll");
        string[] options = ["--only", "provider", "--database", "Sqlite", "--scenario", "cc-rs256,sso", "--seconds", "1", "--rounds", "1", "--warmup", "0", "--connections", "2", "--users", "20"];
        await using var load = await ChildProcess.StartAsync("dotnet", [program, .. options], Repository.Root, deathSignal: "TERM");

        var exitCode = await load.WaitAsync(TimeSpan.FromMinutes(2));

        Assert.That(exitCode, Is.Zero, string.Join(Environment.NewLine, load.Output));
        Assert.That(load.Output, Has.Some.Match(@"^\| cc-rs256 +\| provider, SQLite +\| +[1-9][0-9.]* \|").And.Some.Match(@"^\| sso +\| provider, SQLite +\|"));
    }
}
