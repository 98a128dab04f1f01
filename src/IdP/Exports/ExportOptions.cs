using System.ComponentModel.DataAnnotations;

namespace IdP.Exports;

/// <summary>Section <c>Export</c>: copies of what is kept about a person.</summary>
public sealed class ExportOptions : IValidatableObject
{
    /// <summary>How long a copy can be downloaded, from when it was asked for. Default 7 days, from 1 hour to 30 days.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromDays(7);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Lifetime < TimeSpan.FromHours(1) || Lifetime > TimeSpan.FromDays(30)) yield return new("Export:Lifetime must be between one hour and 30 days.");
    }
}
