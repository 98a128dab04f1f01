using System.ComponentModel.DataAnnotations;

namespace IdP.Protocol.Keys;

/// <summary>Section <c>KeyManagement</c>: the life of signing keys.</summary>
public sealed class KeyManagementOptions : IValidatableObject
{
    /// <summary>How long a key signs. Default 90 days.</summary>
    public TimeSpan RotationInterval { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long a key is published before it signs, so that every cache has it. Default 14 days.</summary>
    public TimeSpan AnnounceWindow { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long a key stays published after it signed last; at least the longest life of a token. Default 14 days, at least 1 day.</summary>
    public TimeSpan RetirementWindow { get; set; } = TimeSpan.FromDays(14);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AnnounceWindow <= TimeSpan.Zero || AnnounceWindow >= RotationInterval)
            yield return new("KeyManagement:AnnounceWindow must be positive and shorter than KeyManagement:RotationInterval.");
        if (RetirementWindow < TimeSpan.FromDays(1))
            yield return new("KeyManagement:RetirementWindow must be at least one day.");
    }
}
