using System.ComponentModel.DataAnnotations;

namespace IdP.Erasures;

/// <summary>Section <c>Erasure</c>: the deletion of people.</summary>
public sealed class ErasureOptions : IValidatableObject
{
    /// <summary>Time from the wish to be deleted to the deletion, during which the account is closed and the deletion can be cancelled. Default 14 days, from 1 hour to 90 days.</summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromDays(14);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (GracePeriod < TimeSpan.FromHours(1) || GracePeriod > TimeSpan.FromDays(90)) yield return new("Erasure:GracePeriod must be between one hour and 90 days.");
    }
}
