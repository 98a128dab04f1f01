using System.ComponentModel.DataAnnotations;

namespace IdP.Protocol.Logos;

/// <summary>Section <c>AppLogos</c>: fetching the logos that apps registered (<c>logo_uri</c>), by the rules of <c>OutboundHttp</c>.</summary>
public sealed class AppLogoOptions : IValidatableObject
{
    /// <summary>Whether logos are fetched. Default true; without it people see the first letter of an app's name, and those fetched before stay.</summary>
    public bool Fetch { get; set; } = true;

    /// <summary>How often a logo is looked at again. Default 1 day, from 1 hour to 30 days.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The largest image file that is taken, in bytes. Default 262144 (256 KiB).</summary>
    [Range(1024, 1_048_576)]
    public int MaxBytes { get; set; } = 262_144;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (RefreshInterval < TimeSpan.FromHours(1) || RefreshInterval > TimeSpan.FromDays(30))
            yield return new("AppLogos:RefreshInterval must be between one hour and 30 days.");
    }
}
