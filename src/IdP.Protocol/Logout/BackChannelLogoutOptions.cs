using System.ComponentModel.DataAnnotations;

namespace IdP.Protocol.Logout;

/// <summary>Section <c>BackChannelLogout</c>: telling apps that a session has ended.</summary>
public sealed class BackChannelLogoutOptions : IValidatableObject
{
    /// <summary>How long an app that does not confirm is told again, at growing distances. Default 1 day, at most 30 days.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long the outcome is kept after that, for the administrator. Default 30 days.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (GiveUpAfter < TimeSpan.FromMinutes(1) || GiveUpAfter > TimeSpan.FromDays(30))
            yield return new("BackChannelLogout:GiveUpAfter must be between one minute and 30 days.");
        if (Retention < TimeSpan.Zero || Retention > TimeSpan.FromDays(3650))
            yield return new("BackChannelLogout:Retention must not be negative, and at most ten years.");
    }
}
