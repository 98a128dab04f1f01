using System.ComponentModel.DataAnnotations;

namespace IdP.Sessions;

/// <summary>Section <c>Sessions</c>.</summary>
public sealed class SessionOptions : IValidatableObject
{
    /// <summary>A session that is not used for this long ends. Default 8 hours.</summary>
    public TimeSpan IdleLifetime { get; set; } = TimeSpan.FromHours(8);

    /// <summary>A session ends after this long whatever its use. Default 24 hours.</summary>
    public TimeSpan AbsoluteLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How old a person's last proof may be before they change how they sign in; with an older one they are asked again. Default 15 minutes.</summary>
    public TimeSpan ReauthenticationWindow { get; set; } = TimeSpan.FromMinutes(15);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IdleLifetime <= TimeSpan.Zero || AbsoluteLifetime < IdleLifetime)
            yield return new("Sessions:IdleLifetime must be positive and not longer than Sessions:AbsoluteLifetime.");
        if (ReauthenticationWindow < TimeSpan.FromMinutes(1)) yield return new("Sessions:ReauthenticationWindow must be at least one minute.");
    }
}
