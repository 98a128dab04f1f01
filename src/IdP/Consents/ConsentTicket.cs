using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace IdP.Consents;

/// <summary>A person's answer on the consent page on its way back to the authorization endpoint: sealed, short-lived, and bound to person, session and the very request shown.</summary>
public sealed record ConsentAnswer(Guid UserId, Guid SessionId, string Fingerprint, bool Denied, IReadOnlyList<string> Scopes);

public sealed class ConsentTicket(IDataProtectionProvider protection, TimeProvider clock)
{
    public const string Parameter = "consent";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private readonly IDataProtector _protector = protection.CreateProtector("IdP.Consent");

    public string Seal(ConsentAnswer answer) => _protector.Protect(JsonSerializer.Serialize(new Sealed(clock.GetUtcNow(), answer)));

    public ConsentAnswer? Open(string? ticket)
    {
        if (string.IsNullOrEmpty(ticket)) return null;
        try
        {
            var content = JsonSerializer.Deserialize<Sealed>(_protector.Unprotect(ticket))!;
            return clock.GetUtcNow() - content.At < Lifetime ? content.Answer : null;
        }
        catch (CryptographicException)
        {
            return null; // not ours: the page asks again
        }
    }

    private sealed record Sealed(DateTimeOffset At, ConsentAnswer Answer);
}
