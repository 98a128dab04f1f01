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

    /// <summary>
    /// How many accounts may be signed in at one browser at the same time, between which people choose. Default 5, at most 10. With 1, whoever signs in ends the session
    /// of whoever was signed in there before.
    /// </summary>
    public int AccountsPerBrowser { get; set; } = 5;

    /// <summary>
    /// How many sessions a person may have at the same time, in all browsers. Default 0: any number. Whoever signs in once more ends the one whose sign-in is longest ago; the apps reached from it are told.
    /// </summary>
    public int MaxPerPerson { get; set; }

    internal const int MostAccountsPerBrowser = 10;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IdleLifetime <= TimeSpan.Zero || AbsoluteLifetime < IdleLifetime)
            yield return new("Sessions:IdleLifetime must be positive and not longer than Sessions:AbsoluteLifetime.");
        if (ReauthenticationWindow < TimeSpan.FromMinutes(1)) yield return new("Sessions:ReauthenticationWindow must be at least one minute.");
        if (MaxPerPerson is < 0 or > 10_000) yield return new("Sessions:MaxPerPerson must be between 0 and 10000.");
        if (AccountsPerBrowser is < 1 or > MostAccountsPerBrowser) yield return new($"Sessions:AccountsPerBrowser must be between 1 and {MostAccountsPerBrowser}.");
    }
}
