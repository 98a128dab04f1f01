using System.ComponentModel.DataAnnotations;

namespace IdP.PersonalTokens;

/// <summary>Section <c>PersonalAccessTokens</c>: tokens that people make for their scripts.</summary>
public sealed class PersonalTokenOptions : IValidatableObject
{
    /// <summary>Whether there are any. Default true: nobody can make one before a scope has <c>allowPersonalAccessTokens</c>. Without it there is no page, and those that were made open nothing.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The longest time that may be chosen, in whole days. Default 365 days, from 7 to 3650.</summary>
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromDays(365);

    /// <summary>How many a person may have at a time; those that have ended do not count. Default 50, from 1 to 1000.</summary>
    public int MaxPerPerson { get; set; } = 50;

    internal int MaxDays => (int)MaxLifetime.TotalDays;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxLifetime < TimeSpan.FromDays(7) || MaxLifetime > TimeSpan.FromDays(3650)) yield return new("PersonalAccessTokens:MaxLifetime must be between 7 and 3650 days.");
        if (MaxPerPerson is < 1 or > 1000) yield return new("PersonalAccessTokens:MaxPerPerson must be between 1 and 1000.");
    }
}
