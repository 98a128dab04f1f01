using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using MimeKit;

namespace IdP.Testing;

/// <summary>A mail server nobody here wrote, as a process of its own on loopback: it takes mails by SMTP and shows what came.</summary>
public sealed class MailServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Step = TimeSpan.FromMilliseconds(20);
    private readonly Dictionary<string, string> environment;
    private readonly List<string> before = [];
    private readonly List<ReceivedMail> taken = [];
    private ChildProcess? process;

    /// <param name="host">Whom its certificate is for; null for a server without TLS.</param>
    /// <param name="user">Who may send; everybody when null.</param>
    /// <param name="password">The sender's.</param>
    /// <param name="refuse">Recipients whose address begins with this do not exist.</param>
    public MailServer(string? host = null, string? user = null, string? password = null, string? refuse = null)
    {
        environment = new() { ["PORT"] = LoopbackPort.Free().ToString(CultureInfo.InvariantCulture), ["USER"] = user ?? "", ["PASSWORD"] = password ?? "", ["REFUSE"] = refuse ?? "" };
        Authority = host is null ? null : WriteCertificates(environment, host);
    }

    /// <summary>The file with the certificate that the server's own comes from; null without TLS.</summary>
    public string? Authority { get; }

    /// <summary>Settings of a provider that sends by this server.</summary>
    public Dictionary<string, string> Settings() => new()
    {
        ["Mail:Host"] = "127.0.0.1",
        ["Mail:Port"] = environment["PORT"],
        ["Mail:Security"] = Authority is null ? "None" : "StartTls",
        ["Mail:From"] = "id@provider.example",
        ["Mail:FromName"] = "Example sign-in",
        ["Mail:TrustedAuthorities"] = Authority ?? "",
        ["Mail:UserName"] = environment["USER"],
        ["Mail:Password"] = environment["PASSWORD"],
    };

    public async Task UpAsync()
    {
        process = await Peers.StartAsync("smtp-server.mjs", environment);
        await WaitAsync(() => process.Output.Any(line => line.Contains("listening", StringComparison.Ordinal)), "The mail server does not listen.");
    }

    public async Task DownAsync()
    {
        if (process is null) return;
        await process.DisposeAsync();
        before.AddRange(process.Output);
        process = null;
    }

    /// <summary>Everything it reported, as JSON.</summary>
    public IReadOnlyList<JsonElement> Reports => [.. before.Concat(process?.Output ?? []).Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)];

    public IReadOnlyList<ReceivedMail> Mails => [.. Reports.Where(report => report.GetProperty("step").GetString() == "mail").Select(ReceivedMail.Read)];

    /// <summary>The next mail to this address that nobody has asked for yet.</summary>
    public async Task<ReceivedMail> NextAsync(string to)
    {
        ReceivedMail? found = null;
        await WaitAsync(() => (found = Unread(to)) is not null, $"No mail came to {to}.");
        taken.Add(found!); // waited for
        return found!;
    }

    /// <summary>What is there for this address and was not asked for.</summary>
    public ReceivedMail? Unread(string to) => Mails.FirstOrDefault(mail => mail.To == to && !taken.Contains(mail));

    public async ValueTask DisposeAsync()
    {
        await DownAsync();
        foreach (var file in new[] { Authority, environment.GetValueOrDefault("CERT"), environment.GetValueOrDefault("KEY") }.OfType<string>()) File.Delete(file);
    }

    private static async Task WaitAsync(Func<bool> condition, string otherwise)
    {
        for (var until = DateTime.UtcNow + Patience; !condition(); await Task.Delay(Step))
            if (DateTime.UtcNow > until) throw new TimeoutException(otherwise);
    }

    /// <summary>An authority of its own and a certificate from it, as a company has them.</summary>
    private static string WriteCertificates(Dictionary<string, string> environment, string host)
    {
        var now = DateTimeOffset.UtcNow;
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = authorityRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + host, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, now.AddDays(-1), now.AddDays(29), RandomNumberGenerator.GetBytes(8));

        var folder = Path.Combine(Path.GetTempPath(), $"idp-mail-{Guid.NewGuid():N}");
        File.WriteAllText(environment["CERT"] = folder + ".crt", certificate.ExportCertificatePem());
        File.WriteAllText(environment["KEY"] = folder + ".key", key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(folder + ".ca", authority.ExportCertificatePem());
        return folder + ".ca";
    }
}

/// <summary>A mail as it came.</summary>
/// <param name="Secure">Whether it came encrypted.</param>
public sealed partial record ReceivedMail(string To, string From, bool Secure, string Subject, string Text, string Html, string MessageId, string Raw)
{
    internal static ReceivedMail Read(JsonElement report)
    {
        var raw = Convert.FromBase64String(report.GetProperty("raw").GetString()!);
        using var message = MimeMessage.Load(new MemoryStream(raw));
        return new(
            report.GetProperty("to")[0].GetString()!, report.GetProperty("from").GetString()!, report.GetProperty("secure").GetBoolean(),
            message.Subject ?? "", message.TextBody ?? "", message.HtmlBody ?? "", message.MessageId ?? "", System.Text.Encoding.Latin1.GetString(raw));
    }

    /// <summary>The one link whose address has this in it.</summary>
    public string Link(string part) => Links().Matches(Text).Select(match => match.Value).Single(link => link.Contains(part, StringComparison.Ordinal));

    [GeneratedRegex(@"https?://\S+")]
    private static partial Regex Links();
}
