using IdP.Protocol.Grants;
using IdP.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace IdP.Protocol.Tests.Grants;

/// <summary>What the clean-up deletes, what it leaves, and that one node does it at a time.</summary>
[NonParallelizable]
public sealed class GrantPruningTests(DatabaseKind database) : ServerTest(database)
{
    private const long Lock = 0x7072756E65;
    private const string RefreshToken = "urn:ietf:params:oauth:token-type:refresh_token";
    private const string PushedRequest = "urn:openiddict:params:oauth:token-type:request_token";

    private DateTimeOffset Now => Server.Clock.Time.GetUtcNow();

    [Test]
    public async Task Old_tokens_go_with_their_grant_and_session_even_when_more_than_a_batch_of_them_ended_at_the_same_instant()
    {
        var (session, grant) = await AddAsync(sessionEnd: Now.AddDays(-3), tokens: 2_300, tokenEnd: Now.AddDays(-3));

        var deleted = await PruneAsync();

        Assert.That(deleted, Is.GreaterThanOrEqualTo(2_302));
        Assert.That(await LeftAsync(session, grant), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public async Task A_living_token_keeps_its_grant_and_its_session_long_after_the_session_is_over()
    {
        var (session, grant) = await AddAsync(sessionEnd: Now.AddDays(-30), tokens: 1, tokenEnd: Now.AddDays(30));
        await AddTokenAsync(grant, Now.AddDays(-3));

        await PruneAsync();

        Assert.That(await LeftAsync(session, grant), Is.EqualTo((1, 1, 1)));
    }

    [Test]
    public async Task A_living_session_keeps_a_grant_whose_tokens_are_gone()
    {
        var (session, grant) = await AddAsync(sessionEnd: Now.AddHours(20), tokens: 1, tokenEnd: Now.AddDays(-3));

        await PruneAsync();

        Assert.That(await LeftAsync(session, grant), Is.EqualTo((1, 1, 0)));
    }

    [Test]
    public async Task A_session_that_was_ended_is_known_as_such_until_nothing_issued_in_it_can_be_shown()
    {
        var (session, grant) = await AddAsync(sessionEnd: Now.AddDays(-1), tokens: 0, tokenEnd: default);

        await PruneAsync();

        Assert.That(await LeftAsync(session, grant), Is.EqualTo((1, 0, 0)));
    }

    [Test]
    public async Task Pushed_requests_go_as_soon_as_they_are_over_and_other_tokens_do_not()
    {
        var (session, grant) = await AddAsync(sessionEnd: Now.AddHours(20), tokens: 1, tokenEnd: Now.AddMinutes(-1));
        await AddTokenAsync(grant, Now.AddMinutes(-1), PushedRequest);

        await PruneAsync();

        Assert.That(await LeftAsync(session, grant), Is.EqualTo((1, 1, 1)));
    }

    [Test]
    public async Task While_another_node_deletes_this_one_does_not()
    {
        if (Database is not DatabaseKind.PostgreSql) Assert.Pass("SQLite has one node.");
        var (session, grant) = await AddAsync(sessionEnd: Now.AddDays(-3), tokens: 1, tokenEnd: Now.AddDays(-3));
        await using (var other = new NpgsqlConnection(Server.Database.ConnectionString))
        {
            await other.OpenAsync();
            await using var transaction = await other.BeginTransactionAsync();
            await using var command = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({Lock})", other, transaction);
            await command.ExecuteNonQueryAsync();

            var deleted = await PruneAsync();

            Assert.That(deleted, Is.Zero);
            Assert.That(await LeftAsync(session, grant), Is.EqualTo((1, 1, 1)));
        }

        await PruneAsync();

        Assert.That(await LeftAsync(session, grant), Is.EqualTo((0, 0, 0)), "The lock was not given back.");
    }

    private Task<int> PruneAsync() => Server.Services.GetServices<IHostedService>().OfType<GrantPruning>().Single().PruneAsync(CancellationToken.None);

    private async Task<(Guid Session, Guid Grant)> AddAsync(DateTimeOffset sessionEnd, int tokens, DateTimeOffset tokenEnd) => await Server.WithDatabaseAsync(async db =>
    {
        var user = await db.Users.Select(u => u.Id).FirstAsync();
        var session = new Session { HandleHash = Handles.Hash(Handles.New()), UserId = user, CreatedAt = sessionEnd.AddDays(-1), AuthenticatedAt = sessionEnd.AddDays(-1), LastSeenAt = sessionEnd < Now ? sessionEnd : Now, ExpiresAt = sessionEnd };
        var grant = new Grant { Subject = user.ToString(), SessionId = session.Id, CreatedAt = Now.AddDays(-5), Type = "ad-hoc" };
        db.AddRange(session, grant);
        for (var i = 0; i < tokens; i++) db.Add(new GrantToken { GrantId = grant.Id, Type = RefreshToken, CreatedAt = grant.CreatedAt, ExpiresAt = tokenEnd });
        await db.SaveChangesAsync();
        return (session.Id, grant.Id);
    });

    private Task<int> AddTokenAsync(Guid grant, DateTimeOffset end, string type = RefreshToken) => Server.WithDatabaseAsync(db =>
    {
        db.Add(new GrantToken { GrantId = grant, Type = type, CreatedAt = end.AddDays(-1), ExpiresAt = end });
        return db.SaveChangesAsync();
    });

    private Task<(int Sessions, int Grants, int Tokens)> LeftAsync(Guid session, Guid grant) => Server.WithDatabaseAsync(async db =>
        (await db.Sessions.CountAsync(s => s.Id == session), await db.Grants.CountAsync(g => g.Id == grant), await db.Tokens.CountAsync(t => t.GrantId == grant)));
}
