using IdP.Mail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace IdP.Tests.Mail;

/// <summary>Mails on their way to a real mail server: encrypted, authenticated, delayed, refused.</summary>
public sealed class SmtpTests(DatabaseKind database) : ServerTest(database)
{
    private readonly MailServer mail = new("127.0.0.1", "relay", "relay-secret", refuse: "nobody");

    protected override ServerSettings Settings => base.Settings with { Configuration = null, More = mail.Settings() };

    [OneTimeSetUp]
    public Task StartMailServerAsync() => mail.UpAsync();

    [OneTimeTearDown]
    public async Task StopMailServerAsync() => await mail.DisposeAsync();

    [Test]
    public async Task A_mail_goes_over_STARTTLS_and_after_authentication_and_its_content_is_forgotten()
    {
        var to = NewAddress();
        await QueueAsync(to, "Zo\u00eb\r\nBcc: everybody@mail.example");

        var received = await mail.NextAsync(to);

        Assert.That((received.Secure, received.From), Is.EqualTo((true, "id@provider.example")));
        Assert.That(received.Text, Does.Contain("Hello Zo\u00eb").And.Contain("https://id.example/password/new?token=x"));
        Assert.That(received.Html, Does.Contain("<a href=\"https://id.example/password/new?token=x\"").And.Not.Contain("<script"));
        Assert.That(received.Raw.Split("\r\n\r\n")[0], Does.Not.Match("(?mi)^Bcc:").And.Contain("Auto-Submitted: auto-generated"));
        Assert.That(mail.Reports.Where(r => r.GetProperty("step").GetString() == "auth").Select(r => r.GetProperty("secure").GetBoolean()), Is.Not.Empty.And.All.True);
        var row = await RowAsync(to, received, row => row.Status == MailStatus.Sent);
        Assert.That((row.ProtectedContent, row.SentAt is null), Is.EqualTo(((string?)null, false)));
    }

    [Test]
    public async Task A_mail_waits_for_a_server_that_is_down_and_is_sent_once()
    {
        await mail.DownAsync();
        var to = NewAddress();
        var id = await QueueAsync(to);
        await EventuallyAsync(id, row => row.Attempts > 0 && row.LastError is not null);
        var waiting = await ReadAsync(id);

        await mail.UpAsync();
        Server.Clock.Advance(TimeSpan.FromMinutes(2));
        Server.Services.GetRequiredService<MailBell>().Ring();
        await mail.NextAsync(to);

        var sent = await EventuallyAsync(id, row => row.Status == MailStatus.Sent);
        Assert.That((waiting.Status, waiting.ProtectedContent is null), Is.EqualTo((MailStatus.Waiting, false)));
        Assert.That((sent.Attempts > 1, mail.Unread(to)), Is.EqualTo((true, (ReceivedMail?)null)));
    }

    [Test]
    public async Task An_address_that_does_not_exist_is_given_up_at_once_and_holds_nobody_up()
    {
        var (refused, other) = (await QueueAsync("nobody-" + NewAddress()), NewAddress());
        await QueueAsync(other);

        await mail.NextAsync(other);

        var row = await EventuallyAsync(refused, row => row.Status == MailStatus.Failed);
        Assert.That((row.Attempts, row.LastError, row.ProtectedContent), Is.EqualTo((1, "550", (string?)null)));
    }

    [Test]
    public async Task A_mail_that_can_never_be_sent_is_given_up_and_holds_nobody_up()
    {
        var (broken, other) = (await QueueAsync(".a..b@mail.example"), NewAddress());
        await QueueAsync(other);

        await mail.NextAsync(other);

        var row = await EventuallyAsync(broken, row => row.Status == MailStatus.Failed);
        Assert.That(row.Attempts, Is.EqualTo(1));
    }

    [Test]
    public async Task A_request_that_cannot_be_answered_holds_nobody_up()
    {
        await Server.WithDatabaseAsync(async db =>
        {
            var now = Server.Clock.Time.GetUtcNow();
            db.MailRequests.AddRange(Enumerable.Range(0, 60).Select(_ => new MailRequest { Kind = "nobody's", ProtectedContent = "damaged", CreatedAt = now.AddMinutes(-1), ExpiresAt = now.AddMinutes(5) }));
            return await db.SaveChangesAsync();
        });
        await using (var scope = Server.Services.CreateAsyncScope())
        {
            var requests = scope.ServiceProvider.GetRequiredService<MailRequests>();
            requests.Add("forgotten-password", "nobody-here", "en", "/account", devices: []);
            await requests.SaveAsync(default);
        }

        for (var until = DateTime.UtcNow.AddSeconds(30); await Server.WithDatabaseAsync(db => db.MailRequests.AnyAsync(r => r.Kind == "forgotten-password")); await Task.Delay(50))
            if (DateTime.UtcNow > until) Assert.Fail("It still waits behind those that cannot be answered.");
        await Server.WithDatabaseAsync(db => db.MailRequests.ExecuteDeleteAsync());
        await Task.Delay(300); // whoever has read them by now

        Assert.That(Server.Logs.TakeErrors(), Is.Not.Empty, "an operator is told");
    }

    [Test]
    public async Task What_is_too_late_to_be_true_is_not_sent()
    {
        await mail.DownAsync();
        var to = NewAddress();
        var id = await QueueAsync(to, lifetime: TimeSpan.FromMinutes(1));
        await EventuallyAsync(id, row => row.Attempts > 0);

        await mail.UpAsync();
        Server.Clock.Advance(TimeSpan.FromMinutes(5));
        Server.Services.GetRequiredService<MailBell>().Ring();

        var row = await EventuallyAsync(id, row => row.Status == MailStatus.Failed);
        Assert.That((row.ProtectedContent, mail.Unread(to)), Is.EqualTo(((string?)null, (ReceivedMail?)null)));
    }

    [Test]
    public async Task Two_nodes_send_a_mail_once()
    {
        await using var other = await StartOtherNodeAsync();
        string[] addresses = [.. Enumerable.Range(0, 20).Select(_ => NewAddress())];
        foreach (var address in addresses) await QueueAsync(address);
        foreach (var address in addresses) await mail.NextAsync(address);

        Assert.That(addresses.Select(mail.Unread), Is.All.Null);
    }

    private static string NewAddress() => $"a{Guid.NewGuid():N}@mail.example";

    private async Task<Guid> QueueAsync(string to, string? name = null, TimeSpan? lifetime = null)
    {
        await using var scope = Server.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdP.Data.IdpDbContext>();
        scope.ServiceProvider.GetRequiredService<MailQueue>().Add(MailKinds.ResetPassword, to, name, "en",
            new Dictionary<string, object> { ["provider"] = name ?? "id.example", ["link"] = "https://id.example/password/new?token=x", ["minutes"] = 60 }, lifetime ?? TimeSpan.FromHours(1));
        var id = db.ChangeTracker.Entries<OutgoingMail>().Single().Entity.Id;
        await db.SaveChangesAsync();
        Server.Services.GetRequiredService<MailBell>().Ring();
        return id;
    }

    private Task<OutgoingMail> RowAsync(string to, ReceivedMail received, Func<OutgoingMail, bool> condition)
    {
        Assert.That(received.To, Is.EqualTo(to));
        return EventuallyAsync(Guid.ParseExact(received.MessageId.Split('@')[0], "N"), condition);
    }

    private Task<OutgoingMail> ReadAsync(Guid id) => Server.WithDatabaseAsync(db => db.OutgoingMails.AsNoTracking().SingleAsync(m => m.Id == id));

    private async Task<OutgoingMail> EventuallyAsync(Guid id, Func<OutgoingMail, bool> condition)
    {
        for (var until = DateTime.UtcNow.AddSeconds(30); ; await Task.Delay(30))
        {
            var row = await ReadAsync(id);
            if (condition(row)) return row;
            if (DateTime.UtcNow > until) throw new TimeoutException($"The mail is {row.Status} after {row.Attempts} attempts: {row.LastError}");
        }
    }
}
