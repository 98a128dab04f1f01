using System.ComponentModel.DataAnnotations;
using IdP.Protocol;

namespace IdP.Mail;

public enum MailSecurity
{
    /// <summary>STARTTLS (RFC 3207), required: a server that does not offer it gets nothing. Usually port 587.</summary>
    StartTls,

    /// <summary>TLS from the first byte (RFC 8314 3.3), usually port 465.</summary>
    Tls,

    /// <summary>In clear. For a relay on this very machine.</summary>
    None,
}

/// <summary>Section <c>Mail</c>: how mail is sent. Without <see cref="Host"/> none is, and what needs it is not offered.</summary>
public sealed class MailOptions : IValidatableObject
{
    /// <summary>The SMTP server (RFC 5321). Default none: no mail.</summary>
    public string? Host { get; set; }

    /// <summary>Default 587.</summary>
    [Range(1, 65_535, ErrorMessage = "Mail:{0} must be between {1} and {2}.")] public int Port { get; set; } = 587;

    /// <summary><c>StartTls</c>, <c>Tls</c> or <c>None</c>. Default <c>StartTls</c>.</summary>
    public MailSecurity Security { get; set; } = MailSecurity.StartTls;

    /// <summary>
    /// A PEM file with the certificates of authorities that the server's certificate may come from, beside those the system trusts: for a company's own. Default none.
    /// </summary>
    public string? TrustedAuthorities { get; set; }

    /// <summary>For SMTP authentication (RFC 4954). Default none.</summary>
    public string? UserName { get; set; }

    public string? Password { get; set; }

    /// <summary>The sender's address. Required with <see cref="Host"/>.</summary>
    public string? From { get; set; }

    /// <summary>The sender's name. Default none.</summary>
    public string? FromName { get; set; }

    /// <summary>How long one attempt may take in all. Default 30 seconds, from 1 second to 5 minutes.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A folder with texts of your own: <c>{language}/{kind}.txt</c>, such as <c>de/reset-password.txt</c>, in place of the built-in ones. Read at start. Default none.
    /// </summary>
    public string? Templates { get; set; }

    /// <summary>
    /// Keeps mails to be read at <c>/dev/mailbox</c> in place of sending them. Everybody can read them there, so it is refused unless <c>Issuer</c> is on localhost. Default false.
    /// </summary>
    public bool Mailbox { get; set; }

    /// <summary>Whether mail goes anywhere.</summary>
    public bool IsOn => Mailbox || !string.IsNullOrEmpty(Host);

    /// <summary>Whether the mailbox may be open here.</summary>
    internal bool MailboxFits(string? issuer) => !Mailbox || (AbsoluteUri.TryParse(issuer, out var address) && address.IsLoopback);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(Host) && string.IsNullOrEmpty(From)) yield return new("Mail:From is not set, but Mail:Host is.");
        if (!string.IsNullOrEmpty(From) && !MimeKit.MailboxAddress.TryParse(From, out _)) yield return new("Mail:From is no mail address.");
        if (string.IsNullOrEmpty(UserName) != string.IsNullOrEmpty(Password)) yield return new("Mail:UserName and Mail:Password go together.");
        if (!string.IsNullOrEmpty(UserName) && Security == MailSecurity.None) yield return new("Mail:Password would be sent in clear: set Mail:Security to StartTls or Tls.");
        if (Timeout < TimeSpan.FromSeconds(1) || Timeout > TimeSpan.FromMinutes(5)) yield return new("Mail:Timeout must be between one second and five minutes.");
        if (Mailbox && !string.IsNullOrEmpty(Host)) yield return new("Mail:Mailbox keeps mails, Mail:Host sends them: set one of them.");
    }
}
