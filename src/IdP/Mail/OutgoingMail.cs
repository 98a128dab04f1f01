using Microsoft.EntityFrameworkCore;

namespace IdP.Mail;

public enum MailStatus
{
    /// <summary>To be sent at <see cref="OutgoingMail.NextAttemptAt"/>, or being sent until then.</summary>
    Waiting = 0,

    /// <summary>The mail server has taken it.</summary>
    Sent = 1,

    /// <summary>The mail server refused it for good, or its time was over.</summary>
    Failed = 2,

    /// <summary>In the mailbox of a development server, which sends nothing.</summary>
    Kept = 3,
}

/// <summary>A mail on its way: written with the change that it tells of, sent by whichever node comes first, and emptied when it is gone.</summary>
public sealed class OutgoingMail
{
    /// <summary>How long its outcome stays to be looked at, after its time.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public Guid Id { get; set; } = Guid.CreateVersion7();
    public MailStatus Status { get; set; }

    /// <summary>Name of the template, such as <c>reset-password</c>.</summary>
    public required string Kind { get; set; }

    /// <summary>Recipient, subject and text, sealed: there may be a link in it that opens an account. Null once it is of no use any more.</summary>
    public string? ProtectedContent { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it says nothing true any more and is not sent.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    public DateTimeOffset NextAttemptAt { get; set; }
    public int Attempts { get; set; }
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>What the mail server, or the way there, said last.</summary>
    public string? LastError { get; set; }
}

internal static class MailMapping
{
    public const int MaxError = 300;

    public static void AddMail(this ModelBuilder model) => model.Entity<OutgoingMail>(mail =>
    {
        mail.ToTable("OutgoingMails");
        mail.Property(m => m.Kind).HasMaxLength(50);
        mail.Property(m => m.LastError).HasMaxLength(MaxError);
        mail.HasIndex(m => new { m.Status, m.NextAttemptAt });
        mail.HasIndex(m => m.ExpiresAt);
    });
}
