namespace IdP.Protocol.Tests.Grants;

/// <summary>When the server cleans up on its own: <c>CleanUp:Interval</c>.</summary>
[NonParallelizable]
public sealed class CleanUpIntervalTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string>(base.Settings.More) { ["CleanUp:Interval"] = "03:00:00" } };

    [Test]
    public async Task Tokens_that_are_over_go_when_the_configured_interval_has_passed_and_not_before()
    {
        var rows = new PruningRows(Server);
        var (session, grant) = await rows.AddAsync(sessionEnd: rows.Now.AddDays(-3), tokens: 2, tokenEnd: rows.Now.AddDays(-3));

        Server.Clock.Advance(TimeSpan.FromHours(2));
        await Task.Delay(TimeSpan.FromSeconds(1));
        var before = await rows.LeftAsync(session, grant);
        Server.Clock.Advance(TimeSpan.FromHours(1));
        var after = await rows.LeftAsync(session, grant);
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); after != (0, 0, 0) && waited.Elapsed < Patience; after = await rows.LeftAsync(session, grant)) await Task.Delay(50);

        Assert.That(before, Is.EqualTo((1, 1, 2)));
        Assert.That(after, Is.EqualTo((0, 0, 0)));
    }
}
