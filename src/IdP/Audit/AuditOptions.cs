using System.ComponentModel.DataAnnotations;

namespace IdP.Audit;

/// <summary>Section <c>Audit</c>.</summary>
public sealed class AuditOptions : IValidatableObject
{
    /// <summary>How often new entries are put into the chain that <c>IdP.Server audit verify</c> checks. Until then a change of an entry is not noticed. Default 5 seconds, from 1 second to 1 hour.</summary>
    public TimeSpan SealInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time after which the chain gets a signed checkpoint when it has grown; after 1000 entries it gets one anyway. Default 1 hour, from 1 minute to 1 day.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromHours(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SealInterval < TimeSpan.FromSeconds(1) || SealInterval > TimeSpan.FromHours(1)) yield return new("Audit:SealInterval must be between one second and one hour.");
        if (CheckpointInterval < TimeSpan.FromMinutes(1) || CheckpointInterval > TimeSpan.FromDays(1)) yield return new("Audit:CheckpointInterval must be between one minute and one day.");
    }
}
