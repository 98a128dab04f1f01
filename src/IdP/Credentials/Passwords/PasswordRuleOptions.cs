using System.ComponentModel.DataAnnotations;
using IdP.Protocol;

namespace IdP.Credentials.Passwords;

/// <summary>Section <c>Passwords</c>: what a password must not be, beside what is on the built-in list, and how long it may stay.</summary>
public sealed class PasswordRuleOptions : IValidatableObject
{
    /// <summary>
    /// A list of SHA-1 hashes of breached passwords: the file ordered by hash (<c>40 hex digits:count</c>) or the folder of ranges that the downloader of Pwned Passwords
    /// writes, or what <c>IdP.Server passwords convert</c> made of one. Read in place, never loaded. Default none. Replace it by renaming a new one over it, and restart.
    /// </summary>
    public string? BreachedHashesPath { get; set; }

    /// <summary>How often a password must have been seen in breaches to be refused. Default 1, from 1 to 1000000. A converted list has its own least number.</summary>
    [Range(1, 1_000_000, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int BreachedMinCount { get; set; } = 1;

    /// <summary>
    /// Base address of a service that speaks the range protocol of Pwned Passwords, such as <c>https://api.pwnedpasswords.com</c>: it learns the first five of forty hex
    /// digits of a password's SHA-1 and nothing else. Default none. https, or http on this machine; an address that is not public must be in <c>OutboundHttp:AllowedNetworks</c>.
    /// </summary>
    public string? BreachService { get; set; }

    /// <summary>How long its answer is waited for. Default 1 second, from 0.1 to 5. Without one the password counts as not known.</summary>
    public TimeSpan BreachServiceTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many of a person's former passwords cannot be chosen again. Default 0, at most 24; the present one never can. A lower number deletes what is beyond it.</summary>
    [Range(0, 24, ErrorMessage = "Passwords:{0} must be between {1} and {2}.")] public int History { get; set; }

    /// <summary>How old a password may be at a sign-in with it before a new one must be chosen. Default 0: as old as it likes, as NIST advises; else at least 1 day.</summary>
    public TimeSpan MaxAge { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(BreachService) && !(AbsoluteUri.TryParse(BreachService, out var service) && service is { Query: "", Fragment: "", UserInfo: "" } && (service.Scheme == Uri.UriSchemeHttps || service.Scheme == Uri.UriSchemeHttp && service.IsLoopback)))
            yield return new("Passwords:BreachService must be an https address (http on this machine only), such as https://api.pwnedpasswords.com.");
        if (BreachServiceTimeout < TimeSpan.FromSeconds(0.1) || BreachServiceTimeout > TimeSpan.FromSeconds(5))
            yield return new("Passwords:BreachServiceTimeout must be between 0.1 and 5 seconds.");
        if (MaxAge != TimeSpan.Zero && MaxAge < TimeSpan.FromDays(1))
            yield return new("Passwords:MaxAge must be 0, or at least one day.");
    }
}
