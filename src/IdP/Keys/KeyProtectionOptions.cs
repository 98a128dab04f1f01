using System.ComponentModel.DataAnnotations;

namespace IdP.Keys;

/// <summary>Section <c>KeyProtection</c>.</summary>
public sealed class KeyProtectionOptions : IValidatableObject
{
    public const int MinBytes = 32;

    /// <summary>
    /// Base64 of at least 32 random bytes (<c>openssl rand -base64 32</c>). Encrypts every private key in the database; the same on every
    /// node; whoever loses it loses all sessions and keys. No default; Development makes one under <c>data/</c>.
    /// </summary>
    public string? Secret { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var bytes = new byte[1024];
        if (string.IsNullOrEmpty(Secret))
            yield return new("KeyProtection:Secret is not set. Make one with: openssl rand -base64 32");
        else if (!Convert.TryFromBase64String(Secret, bytes, out var length))
            yield return new("KeyProtection:Secret is not base64. Make one with: openssl rand -base64 32");
        else if (length < MinBytes || bytes.AsSpan(0, length).ToArray().Distinct().Count() < 12)
            yield return new("KeyProtection:Secret is too weak: it must be at least 32 random bytes. Make one with: openssl rand -base64 32");
    }
}
