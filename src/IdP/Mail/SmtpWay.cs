using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace IdP.Mail;

/// <summary>From here to the mail server: connection, encryption, authentication, and the message as RFC 5322 wants it.</summary>
internal sealed class SmtpWay(IOptions<MailOptions> options, TimeProvider clock)
{
    private readonly Lazy<X509Certificate2Collection?> _authorities = new(() => ReadAuthorities(options.Value.TrustedAuthorities));

    /// <summary>What is wrong with the file of authorities, or null.</summary>
    public static string? Check(MailOptions options)
    {
        try
        {
            return string.IsNullOrEmpty(options.TrustedAuthorities) || ReadAuthorities(options.TrustedAuthorities) is { Count: > 0 } ? null : "Mail:TrustedAuthorities holds no certificate.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            return "Mail:TrustedAuthorities cannot be read as a file of certificates in PEM form.";
        }
    }

    public async Task SendAsync(SmtpClient client, MimeMessage message, CancellationToken ct)
    {
        if (!client.IsConnected) await ConnectAsync(client, ct);
        await client.SendAsync(message, ct);
    }

    private async Task ConnectAsync(SmtpClient client, CancellationToken ct)
    {
        var mail = options.Value;
        if (_authorities.Value is { } authorities) client.ServerCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, authorities);
        await client.ConnectAsync(mail.Host!, mail.Port, mail.Security switch { MailSecurity.Tls => SecureSocketOptions.SslOnConnect, MailSecurity.None => SecureSocketOptions.None, _ => SecureSocketOptions.StartTls }, ct); // it would not be on without
        if (!string.IsNullOrEmpty(mail.UserName)) await client.AuthenticateAsync(mail.UserName, mail.Password!, ct);
    }

    /// <summary>The name must fit in any case; only who vouches for it is widened.</summary>
    private static bool IsTrusted(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (errors == SslPolicyErrors.None) return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 server) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // a company's own authority rarely publishes a list
        if (sent is not null)
            foreach (var element in sent.ChainElements)
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(server);
    }

    /// <summary>Throws what says that this mail can never be sent, such as an address that is none.</summary>
    /// <param name="id">Tells a mail that is sent again, because its confirmation was lost, from a new one.</param>
    public MimeMessage Compose(MailContent content, Guid id)
    {
        var from = new MailboxAddress(options.Value.FromName, options.Value.From!); // checked at start
        var message = new MimeMessage
        {
            Subject = content.Subject,
            Date = clock.GetUtcNow(),
            MessageId = $"{id:N}@{from.Domain}",
            Body = new BodyBuilder { TextBody = content.Text, HtmlBody = content.Html }.ToMessageBody(),
        };
        message.From.Add(from);
        message.To.Add(new MailboxAddress(content.ToName, content.To));
        message.Headers.Add("Auto-Submitted", "auto-generated"); // RFC 3834 5: no answer to it, please
        return message;
    }

    private static X509Certificate2Collection? ReadAuthorities(string? path)
    {
        if (string.IsNullOrEmpty(path)) return null;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities;
    }
}
