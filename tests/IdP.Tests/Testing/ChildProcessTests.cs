namespace IdP.Tests.Testing;

public sealed class ChildProcessTests
{
    [Test]
    public async Task Output_and_exit_code_of_a_process_are_known_after_it_ended()
    {
        await using var process = await ChildProcess.StartAsync("sh", ["-c", "echo \"$GREETING\"; echo out of order >&2; exit 3"], "/", new Dictionary<string, string> { ["GREETING"] = "hello" });

        var exitCode = await process.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.That(exitCode, Is.EqualTo(3));
        Assert.That(process.Output, Is.EquivalentTo((string[])["hello", "out of order"]));
    }

    [Test]
    public async Task A_process_can_be_asked_to_stop_and_be_killed()
    {
        await using var polite = await ChildProcess.StartAsync("sh", ["-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"], "/");
        await using var stubborn = await ChildProcess.StartAsync("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"], "/");
        Assert.That(() => polite.Output.Count + stubborn.Output.Count, Is.EqualTo(2).After(10).Seconds.PollEvery(20).MilliSeconds);

        polite.Stop();
        stubborn.Stop();
        var asked = await polite.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.That(asked, Is.EqualTo(7));
        Assert.That(stubborn.Exited.IsCompleted, Is.False);
        stubborn.Kill();
        Assert.That(await stubborn.WaitAsync(TimeSpan.FromSeconds(10)), Is.EqualTo(128 + 9));
    }
}
