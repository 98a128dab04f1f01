using IdP.Links;
using IdP.Mail;
using IdP.Sessions;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Tests.Grants;

/// <summary>What the clean-up deletes and what it leaves.</summary>
[NonParallelizable]
public sealed class GrantPruningTests(DatabaseKind database) : ServerTest(database)
{
    private const string PushedRequest = "urn:openiddict:params:oauth:token-type:request_token";

    private PruningRows Rows => new(Server);

    private DateTimeOffset Now => Rows.Now;

    [Test]
    public async Task Old_tokens_go_with_their_grant_and_session_even_when_more_than_a_batch_of_them_ended_at_the_same_instant()
    {
        var (session, grant) = await Rows.AddAsync(sessionEnd: Now.AddDays(-3), tokens: 2_300, tokenEnd: Now.AddDays(-3));

        var deleted = await Rows.PruneAsync();

        Assert.That(deleted, Is.GreaterThanOrEqualTo(2_302));
        Assert.That(await Rows.LeftAsync(session, grant), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public async Task Sign_ins_that_were_begun_lead_back_to_their_app_for_a_day_and_go_then()
    {
        const int Old = 1_100; // more than two batches
        var user = await Server.WithDatabaseAsync(db => db.Users.Select(u => u.Id).FirstAsync());
        PendingLogin Begun(DateTimeOffset end) => new()
        {
            HandleHash = Handles.Hash(Handles.New()), BrowserHash = "", UserId = user, SecurityStamp = "", ReturnUrl = "/account", CreatedAt = end.AddMinutes(-15), ExpiresAt = end,
        };
        var kept = Begun(Now.AddHours(-23));
        await Server.WithDatabaseAsync(db =>
        {
            db.AddRange([kept, .. Enumerable.Range(0, Old).Select(_ => Begun(Now.AddHours(-25)))]);
            return db.SaveChangesAsync();
        });

        await Rows.PruneAsync();

        Assert.That(await Server.WithDatabaseAsync(db => db.PendingLogins.Select(l => l.Id).ToListAsync()), Is.EqualTo(new[] { kept.Id }));
    }

    [Test]
    public async Task Links_requests_and_mails_go_once_nobody_looks_at_them_any_more()
    {
        (int Days, bool Kept)[] ages = [(31, false), (29, true)];
        await Server.WithDatabaseAsync(db =>
        {
            foreach (var (days, _) in ages) db.Add(new OutgoingMail { Kind = $"{days}", CreatedAt = Now, ExpiresAt = Now.AddDays(-days), NextAttemptAt = Now, Status = MailStatus.Sent });
            db.AddRange(new OneTimeLink { Purpose = "old", CreatedAt = Now, ExpiresAt = Now.AddHours(-25) }, new OneTimeLink { Purpose = "new", CreatedAt = Now, ExpiresAt = Now.AddHours(-23) });
            db.Add(new MailRequest { Kind = "old", ProtectedContent = "", CreatedAt = Now, ExpiresAt = Now.AddHours(-25) });
            return db.SaveChangesAsync();
        });

        await Rows.PruneAsync();

        Assert.That(await Server.WithDatabaseAsync(db => db.OutgoingMails.Select(m => m.Kind).ToListAsync()), Is.EqualTo(ages.Where(age => age.Kept).Select(age => $"{age.Days}")));
        Assert.That(await Server.WithDatabaseAsync(db => db.OneTimeLinks.Select(l => l.Purpose).ToListAsync()), Is.EqualTo(new[] { "new" }));
        Assert.That(await Server.WithDatabaseAsync(db => db.MailRequests.CountAsync()), Is.Zero);
    }

    [Test]
    public async Task A_living_token_keeps_its_grant_and_its_session_long_after_the_session_is_over()
    {
        var (session, grant) = await Rows.AddAsync(sessionEnd: Now.AddDays(-30), tokens: 1, tokenEnd: Now.AddDays(30));
        await Rows.AddTokenAsync(grant, Now.AddDays(-3));

        await Rows.PruneAsync();

        Assert.That(await Rows.LeftAsync(session, grant), Is.EqualTo((1, 1, 1)));
    }

    [Test]
    public async Task A_living_session_keeps_a_grant_whose_tokens_are_gone()
    {
        var (session, grant) = await Rows.AddAsync(sessionEnd: Now.AddHours(20), tokens: 1, tokenEnd: Now.AddDays(-3));

        await Rows.PruneAsync();

        Assert.That(await Rows.LeftAsync(session, grant), Is.EqualTo((1, 1, 0)));
    }

    [Test]
    public async Task A_session_that_was_ended_is_known_as_such_until_nothing_issued_in_it_can_be_shown()
    {
        var (session, grant) = await Rows.AddAsync(sessionEnd: Now.AddDays(-1), tokens: 0, tokenEnd: default);

        await Rows.PruneAsync();

        Assert.That(await Rows.LeftAsync(session, grant), Is.EqualTo((1, 0, 0)));
    }

    [Test]
    public async Task Pushed_requests_go_as_soon_as_they_are_over_and_other_tokens_do_not()
    {
        var (session, grant) = await Rows.AddAsync(sessionEnd: Now.AddHours(20), tokens: 1, tokenEnd: Now.AddMinutes(-1));
        await Rows.AddTokenAsync(grant, Now.AddMinutes(-1), PushedRequest);

        await Rows.PruneAsync();

        Assert.That(await Rows.LeftAsync(session, grant), Is.EqualTo((1, 1, 1)));
    }
}
