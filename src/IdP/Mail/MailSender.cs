using System.Security.Cryptography;
using System.Text.Json;
using IdP.Data;
using MailKit.Net.Smtp;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MimeKit;

namespace IdP.Mail;

/// <summary>
/// Answers requests for mails and sends what waits, on every node. Taking an attempt moves it forward in the table, so no other node makes it too, and a node that
/// dies in between has only delayed it. A mail server that is down delays mails and loses none, until what they say is not true any more.
/// </summary>
internal sealed class MailSender(IServiceScopeFactory scopes, SmtpWay smtp, MailBell bell, IOptions<MailOptions> options, TimeProvider clock, ILogger<MailSender> logger) : BackgroundService
{
    private const int Batch = 50;
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    /// <summary>The bell rings when a change is written; its transaction ends a moment later.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan[] Delays = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1)];

    /// <summary>SMTP (RFC 5321 4.2.1): a reply from here on is for good.</summary>
    private const int Permanent = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.IsOn) return;
        while (true)
        {
            var more = false;
            try
            {
                more = await AnswerRequestsAsync(stoppingToken) | await SendDueAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.QueueFailed(logger, exception); // the next look tries again
            }
            if (more) continue;
            await bell.WaitAsync(PollInterval, stoppingToken);
            await Task.Delay(Settling, stoppingToken);
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> AnswerRequestsAsync(CancellationToken ct)
    {
        List<MailRequest> waiting;
        await using (var scope = scopes.CreateAsyncScope())
            waiting = await scope.ServiceProvider.GetRequiredService<IdpDbContext>().MailRequests.AsNoTracking().OrderBy(r => r.CreatedAt).Take(Batch).ToListAsync(ct);

        var answered = 0;
        foreach (var request in waiting)
        {
            await using var scope = scopes.CreateAsyncScope();
            var services = scope.ServiceProvider;
            var db = services.GetRequiredService<IdpDbContext>();
            try
            {
                await using var transaction = await db.Database.BeginTransactionAsync(ct);
                if (await services.GetRequiredService<MailRequests>().TakeAsync(request, ct) is { } content)
                    await services.GetServices<IMailRequestHandler>().Single(handler => handler.Kind == request.Kind).HandleAsync(content, ct);
                await db.SaveChangesAsync(ct);
                await transaction.CommitAsync(CancellationToken.None);
                answered++;
            }
            catch (Exception exception) when (!ct.IsCancellationRequested)
            {
                Log.QueueFailed(logger, exception);
                await PutBehindAsync(request, ct);
            }
        }
        return answered == Batch;
    }

    /// <summary>It is tried until its time is over, and holds nobody up meanwhile.</summary>
    private async Task PutBehindAsync(MailRequest request, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var now = clock.GetUtcNow();
        await scope.ServiceProvider.GetRequiredService<IdpDbContext>().MailRequests.Where(r => r.Id == request.Id).ExecuteUpdateAsync(r => r.SetProperty(x => x.CreatedAt, now), ct);
    }

    private async Task<bool> SendDueAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
        var queue = scope.ServiceProvider.GetRequiredService<MailQueue>();
        var now = clock.GetUtcNow();
        // First attempts before repeated ones: an address that does not answer delays nobody's code.
        var due = await db.OutgoingMails.AsNoTracking().Where(m => m.Status == MailStatus.Waiting && m.NextAttemptAt <= now).OrderBy(m => m.Attempts).ThenBy(m => m.NextAttemptAt).Take(Batch).ToListAsync(ct);
        if (due.Count == 0) return false;

        using var client = new SmtpClient();
        var reachable = true;
        foreach (var mail in due)
        {
            if (!reachable || !await TakeAsync(db, mail, ct)) continue;
            var verdict = await AttemptAsync(client, queue, mail, ct);
            await RecordAsync(db, mail, verdict);
            reachable = verdict.Reachable; // the others keep their attempts for a server that answers
        }
        if (client.IsConnected) await client.DisconnectAsync(quit: true, CancellationToken.None);
        return reachable && due.Count == Batch;
    }

    private async Task<bool> TakeAsync(IdpDbContext db, OutgoingMail mail, CancellationToken ct)
    {
        var (seen, now) = (mail.Attempts, clock.GetUtcNow());
        var delay = Delays[Math.Min(seen, Delays.Length - 1)];
        // Nobody else may take it while this attempt can still be under way.
        var next = now + (delay > options.Value.Timeout * 2 ? delay : options.Value.Timeout * 2);
        mail.Attempts = seen + 1;
        return await db.OutgoingMails.Where(m => m.Id == mail.Id && m.Status == MailStatus.Waiting && m.Attempts == seen).ExecuteUpdateAsync(m => m.SetProperty(x => x.Attempts, seen + 1).SetProperty(x => x.NextAttemptAt, next), ct) == 1;
    }

    private sealed record Verdict(MailStatus Status, string? Error = null, bool Reachable = true);

    private async Task<Verdict> AttemptAsync(SmtpClient client, MailQueue queue, OutgoingMail mail, CancellationToken ct)
    {
        if (mail.ExpiresAt <= clock.GetUtcNow()) return new(MailStatus.Failed, mail.LastError ?? "Its time was over before it could be sent.");
        if (options.Value.Mailbox) return new(MailStatus.Kept);
        MimeMessage message;
        try
        {
            message = smtp.Compose(queue.Open(mail.ProtectedContent!), mail.Id); // waiting mails have one
        }
        catch (Exception exception) when (exception is ParseException or CryptographicException or ArgumentException or JsonException)
        {
            // No mail server has anything to do with it: an address that is none, or content of a key that is gone.
            return new(MailStatus.Failed, exception.GetType().Name);
        }
        using var _ = message;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.Value.Timeout);
        try
        {
            await smtp.SendAsync(client, message, limit.Token);
            Log.Sent(logger, mail.Id, mail.Kind);
            return new(MailStatus.Sent);
        }
        catch (SmtpCommandException refusal) when ((int)refusal.StatusCode >= Permanent && refusal.ErrorCode is SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted)
        {
            return new(MailStatus.Failed, $"{(int)refusal.StatusCode}");
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            // The server's words may name people; its code and the kind of failure are enough to look further.
            var error = exception is SmtpCommandException { StatusCode: var code } ? $"{(int)code}" : exception.GetType().Name;
            Log.AttemptFailed(logger, mail.Id, mail.Kind, mail.Attempts, error);
            if (client.IsConnected) await client.DisconnectAsync(quit: false, CancellationToken.None);
            return new(MailStatus.Waiting, error, Reachable: exception is SmtpCommandException);
        }
    }

    private async Task RecordAsync(IdpDbContext db, OutgoingMail mail, Verdict verdict)
    {
        var (row, now) = (db.OutgoingMails.Where(m => m.Id == mail.Id && m.Attempts == mail.Attempts), clock.GetUtcNow());
        switch (verdict.Status)
        {
            case MailStatus.Sent:
                // What may open an account is in the person's mailbox now, and nowhere else.
                await row.ExecuteUpdateAsync(m => m.SetProperty(x => x.Status, MailStatus.Sent).SetProperty(x => x.SentAt, now).SetProperty(x => x.ProtectedContent, (string?)null).SetProperty(x => x.LastError, (string?)null), CancellationToken.None);
                break;
            case MailStatus.Failed:
                await row.ExecuteUpdateAsync(m => m.SetProperty(x => x.Status, MailStatus.Failed).SetProperty(x => x.ProtectedContent, (string?)null).SetProperty(x => x.LastError, verdict.Error), CancellationToken.None);
                Log.GaveUp(logger, mail.Id, mail.Kind, mail.Attempts, verdict.Error);
                break;
            default:
                await row.ExecuteUpdateAsync(m => m.SetProperty(x => x.Status, verdict.Status).SetProperty(x => x.LastError, verdict.Error), CancellationToken.None);
                break;
        }
    }
}
