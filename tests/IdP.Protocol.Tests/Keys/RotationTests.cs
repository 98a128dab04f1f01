using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Keys;

public sealed class RotationTests(DatabaseKind kind) : KeyTest(kind)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task A_successor_is_published_two_weeks_before_it_signs()
    {
        var node = await StartNodeAsync();
        var first = await node.KidsAsync();

        await MoveAsync(node, TimeSpan.FromDays(75));
        Assert.That(await node.KidsAsync(), Is.EqualTo(first));

        await MoveAsync(node, TimeSpan.FromDays(2));
        var announced = await node.KidsAsync();
        Assert.That(announced, Is.SupersetOf(first).And.Count.EqualTo(4));
        Assert.That(first, Has.Member(Node.Kid(await node.TokenAsync())));

        await MoveAsync(node, TimeSpan.FromDays(14));
        var signer = Node.Kid(await node.TokenAsync());
        Assert.That(announced, Has.Member(signer));
        Assert.That(first, Has.No.Member(signer));
    }

    [Test]
    public async Task A_token_of_the_retired_key_verifies_until_the_key_vanishes_two_weeks_later()
    {
        var node = await StartNodeAsync();
        await MoveAsync(node, TimeSpan.FromDays(80));
        await MoveAsync(node, TimeSpan.FromDays(10) - TimeSpan.FromMinutes(10));
        var token = await node.TokenAsync();

        await MoveAsync(node, TimeSpan.FromMinutes(20));
        Assert.That(Node.Kid(await node.TokenAsync()), Is.Not.EqualTo(Node.Kid(token)));
        Assert.That(Jwt.Parse(token).IsSignedBy(await node.KeySetAsync()), Is.True);
        Assert.That(await node.IsActiveAsync(token), Is.True);

        await MoveAsync(node, TimeSpan.FromDays(13.9));
        Assert.That(await node.KidsAsync(), Has.Member(Node.Kid(token)));

        await MoveAsync(node, TimeSpan.FromDays(0.2));
        Assert.That(await node.KidsAsync(), Has.No.Member(Node.Kid(token)).And.Count.EqualTo(2));
    }

    [Test]
    public async Task The_announced_key_takes_over_by_the_clock_alone()
    {
        var node = await StartNodeAsync();
        await MoveAsync(node, TimeSpan.FromDays(89));
        var before = Node.Kid(await node.TokenAsync());
        await node.WithDatabaseAsync(async db => await db.Database.ExecuteSqlRawAsync("ALTER TABLE \"SigningKeys\" RENAME TO \"Hidden\"")); // nothing can be reloaded

        Clock.Advance(TimeSpan.FromDays(1.1));

        Assert.That(Node.Kid(await node.TokenAsync()), Is.Not.EqualTo(before));
    }

    [Test]
    public async Task A_rotation_forced_on_one_node_signs_at_once_and_reaches_the_other_within_a_minute()
    {
        var here = await StartNodeAsync();
        var there = await StartNodeAsync();
        var old = await here.TokenAsync();
        Clock.Advance(TimeSpan.FromSeconds(1));

        await here.Keys.RotateNowAsync(SigningAlgorithms.RS256, CancellationToken.None);
        var forced = await here.TokenAsync();

        Assert.That(Node.Kid(forced), Is.Not.EqualTo(Node.Kid(old)));
        Assert.That(await EventuallyAsync(async () => (await there.KidsAsync()).Contains(Node.Kid(forced))), Is.True);
        Assert.That(Jwt.Parse(old).IsSignedBy(await there.KeySetAsync()), Is.True);
        Assert.That(await there.IsActiveAsync(forced), Is.True);
        Assert.That(Node.Kid(await there.TokenAsync()), Is.EqualTo(Node.Kid(forced)));
    }

    [Test]
    public async Task A_key_that_another_node_made_a_moment_ago_is_looked_up_before_its_token_counts_as_foreign()
    {
        var here = await StartNodeAsync();
        var there = await StartNodeAsync();
        await here.WithDatabaseAsync(db => db.Clients.ExecuteUpdateAsync(c => c.SetProperty(x => x.IdTokenSignedResponseAlg, SigningAlgorithms.PS384)));
        Clock.Advance(TimeSpan.FromMinutes(6)); // nobody remembers the client as it was, although no signal told of it

        var token = await here.TokenAsync();

        Assert.That(Jwt.Parse(token).Header.GetProperty("alg").GetString(), Is.EqualTo("PS384"));
        Assert.That(await there.IsActiveAsync(token), Is.True);
        Assert.That(Jwt.Parse(token).IsSignedBy(await there.KeySetAsync()), Is.True);
        Assert.That(Node.Kid(await there.TokenAsync()), Is.EqualTo(Node.Kid(token)));
    }

    [Test]
    public async Task Nodes_that_need_an_algorithm_for_the_first_time_at_once_agree_on_its_key()
    {
        Node[] nodes = [await StartNodeAsync(), await StartNodeAsync(), await StartNodeAsync()];
        await nodes[0].WithDatabaseAsync(db => db.Clients.ExecuteUpdateAsync(c => c.SetProperty(x => x.IdTokenSignedResponseAlg, SigningAlgorithms.ES512)));
        Clock.Advance(TimeSpan.FromMinutes(6));

        var tokens = await Task.WhenAll(nodes.SelectMany(node => Enumerable.Range(0, 5).Select(_ => node.TokenAsync())));

        Assert.That(tokens.Select(Node.Kid).Distinct().Count(), Is.EqualTo(1));
        Assert.That(tokens.Select(t => Jwt.Parse(t).Header.GetProperty("alg").GetString()), Is.All.EqualTo("ES512"));
    }

    [Test]
    public async Task The_key_of_pairwise_subjects_outlives_every_rotation()
    {
        var node = await StartNodeAsync();
        var before = await PairwiseAsync();

        await MoveAsync(node, TimeSpan.FromDays(3000));

        Assert.That(await PairwiseAsync(), Is.EqualTo(before));
        Assert.That(() => node.Keys.RotateNowAsync("pairwise", CancellationToken.None), Throws.InstanceOf<ArgumentOutOfRangeException>());

        Task<List<string>> PairwiseAsync() => node.WithDatabaseAsync(db => db.SigningKeys.Where(k => k.Algorithm == "pairwise").Select(k => k.Id).ToListAsync());
    }

    [Test]
    public async Task A_node_that_slept_through_a_rotation_signs_with_a_fresh_key()
    {
        var before = await (await StartNodeAsync()).KidsAsync();
        Clock.Advance(TimeSpan.FromDays(200));

        var late = await StartNodeAsync();

        Assert.That(before, Has.No.Member(Node.Kid(await late.TokenAsync())));
        Assert.That(Jwt.Parse(await late.TokenAsync()).IsSignedBy(await late.KeySetAsync()), Is.True);
    }

    [Test]
    public async Task The_background_work_rotates_without_being_asked()
    {
        var node = await StartNodeAsync();

        Clock.Advance(TimeSpan.FromDays(77));

        Assert.That(await EventuallyAsync(async () => (await node.KidsAsync()).Count == 4), Is.True);
    }

    private async Task MoveAsync(Node node, TimeSpan by)
    {
        Clock.Advance(by);
        await node.Keys.EnsureAsync(CancellationToken.None);
    }

    /// <summary>Moves the clock on by minutes, since a node's timer may have been set after the first of them.</summary>
    private async Task<bool> EventuallyAsync(Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience) return false;
            Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(50);
        }
        return true;
    }
}
