using System.Globalization;
using System.Text.Json;
using IdP.Data;
using IdP.Users;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace IdP.Mail;

/// <summary>What a mail holds, while it is on its way.</summary>
internal sealed record MailContent(string To, string? ToName, string Subject, string Text, string Html);

/// <summary>A mail as it can be read where none are sent.</summary>
public sealed record KeptMail(string To, string Subject, string Text, string Html, DateTimeOffset CreatedAt);

/// <summary>Puts mails in the queue, as part of the change that they tell of: both are committed or neither.</summary>
public sealed class MailQueue(IdpDbContext db, MailTemplates templates, IDataProtectionProvider protection, IOptions<MailOptions> options, MailBell bell, TimeProvider clock)
{
    private readonly IDataProtector _protector = protection.CreateProtector("IdP.Mail");
    private bool _rings;

    /// <summary>Whether mail goes anywhere; what needs it is not offered otherwise.</summary>
    public bool IsOn => options.Value.IsOn;

    /// <summary>To a person, in their language when it is known.</summary>
    /// <param name="kind">Name of the template, see <see cref="MailKinds"/>.</param>
    /// <param name="values">What the template names in braces, beside <c>name</c>.</param>
    /// <param name="lifetime">How long it is worth sending.</param>
    /// <param name="language">BCP 47 tag for whoever has chosen none.</param>
    public void Add(string kind, User user, IReadOnlyDictionary<string, object> values, TimeSpan lifetime, string? language = null)
    {
        if (user.Email is { } address) Add(kind, address, user.DisplayName, user.Locale ?? language, values, lifetime);
    }

    public void Add(string kind, string to, string? toName, string? language, IReadOnlyDictionary<string, object> values, TimeSpan lifetime)
    {
        if (!IsOn) return;
        var now = clock.GetUtcNow();
        var mail = templates.Render(kind, CultureOf(language), new Dictionary<string, object>(values) { ["name"] = toName ?? to });
        db.OutgoingMails.Add(new OutgoingMail
        {
            Kind = kind,
            ProtectedContent = _protector.Protect(JsonSerializer.Serialize(new MailContent(to, toName, mail.Subject, mail.Text, mail.Html))),
            CreatedAt = now,
            ExpiresAt = now + lifetime,
            NextAttemptAt = now,
        });
        if (_rings) return;
        _rings = true;
        db.SavedChanges += (_, _) => bell.Ring();
    }

    /// <summary>Null when it is gone.</summary>
    public KeptMail? Read(OutgoingMail mail)
    {
        if (mail.ProtectedContent is null) return null;
        var content = Open(mail.ProtectedContent);
        return new(content.To, content.Subject, content.Text, content.Html, mail.CreatedAt);
    }

    internal MailContent Open(string sealedContent) => JsonSerializer.Deserialize<MailContent>(_protector.Unprotect(sealedContent))!; // what was sealed above

    /// <summary>A tag that no culture is known for is no reason to send nothing.</summary>
    private static CultureInfo CultureOf(string? language)
    {
        try
        {
            return string.IsNullOrEmpty(language) ? CultureInfo.InvariantCulture : CultureInfo.GetCultureInfo(language);
        }
        catch (CultureNotFoundException)
        {
            return CultureInfo.InvariantCulture;
        }
    }
}
