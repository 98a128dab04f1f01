using System.ComponentModel.DataAnnotations;

namespace IdP.Protocol.Grants;

/// <summary>Section <c>CleanUp</c>: deleting tokens, grants and sessions that are over.</summary>
public sealed class CleanUpOptions : IValidatableObject
{
    /// <summary>Time from the start to the first clean-up, and between two. Default 15 minutes, from 1 minute to 1 day.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(15);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Interval < TimeSpan.FromMinutes(1) || Interval > TimeSpan.FromDays(1))
            yield return new("CleanUp:Interval must be between one minute and one day.");
    }
}
