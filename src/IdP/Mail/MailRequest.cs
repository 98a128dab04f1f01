using Microsoft.EntityFrameworkCore;

namespace IdP.Mail;

/// <summary>
/// Somebody who is not signed in asked for a mail to whoever has this name or address. The request only writes this row, the same for everybody; whether there is
/// such a person is found out afterwards (<see cref="IMailRequestHandler"/>), where no answer and no time can tell.
/// </summary>
public sealed class MailRequest
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>Whose it is, see <see cref="IMailRequestHandler.Kind"/>.</summary>
    public required string Kind { get; set; }

    /// <summary>What was asked, sealed: names of people are nothing for a table of strangers' requests.</summary>
    public required string ProtectedContent { get; set; }

    /// <summary>Its place in the line: when it was asked, or when it could not be answered last.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When it is given up: whoever asked has asked again by then.</summary>
    public DateTimeOffset ExpiresAt { get; set; }
}

/// <param name="Name">User name or address, as it was typed.</param>
/// <param name="Language">BCP 47 tag of the page it was typed in.</param>
/// <param name="Handle">What finds the browser's half of it, when there is one.</param>
/// <param name="Device">Hashes of the handles of a known browser, separated by dots, which nobody's flood of requests keeps out.</param>
/// <param name="ReturnUrl">Local address to go on to afterwards.</param>
public sealed record MailRequestContent(string Name, string Language, string? Handle, string? Device, string ReturnUrl);

/// <summary>Answers the requests of one kind: writes the mail, or nothing.</summary>
public interface IMailRequestHandler
{
    string Kind { get; }

    /// <summary>Adds to the change being made, which is saved by the caller.</summary>
    Task HandleAsync(MailRequestContent request, CancellationToken ct);
}

internal static class MailRequestMapping
{
    public static void AddMailRequests(this ModelBuilder model) => model.Entity<MailRequest>(request =>
    {
        request.ToTable("MailRequests");
        request.Property(r => r.Kind).HasMaxLength(50);
        request.HasIndex(r => r.CreatedAt);
    });
}
