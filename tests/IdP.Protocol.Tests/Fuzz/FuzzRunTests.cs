namespace IdP.Protocol.Tests.Fuzz;

/// <summary>A short run of <c>bench/fuzz.sh</c>, always the same requests; the long ones are for people and nights.</summary>
public sealed class FuzzRunTests
{
    [TestCase(DatabaseKind.Sqlite)]
    [TestCase(DatabaseKind.PostgreSql)]
    public async Task Thousands_of_malformed_requests_cause_no_server_error_no_leak_and_no_error_in_the_log(DatabaseKind database)
    {
        var program = Repository.PathOf("bench", "Fuzz", "bin", Repository.Configuration, "net10.0", "Fuzz.dll");
        await using var fuzz = await ChildProcess.StartAsync("dotnet", [program, "--seed", "1", "--requests", "1500", "--minutes", "2", "--database", database.ToString()], Repository.Root, deathSignal: "TERM");

        var exitCode = await fuzz.WaitAsync(TimeSpan.FromMinutes(4));

        Assert.That(exitCode, Is.Zero, string.Join(Environment.NewLine, fuzz.Output));
        Assert.That(fuzz.Output, Has.Some.Contains(" 1500 requests from "));
    }
}
