using System.ComponentModel.DataAnnotations;

namespace IdP.SignUp;

/// <summary>Section <c>SignUp</c>: people who make an account themselves. Invitations work without it.</summary>
public sealed class SignUpOptions
{
    /// <summary>Whether they may. Needs <c>Mail</c>: an account exists once its address is confirmed. Default false.</summary>
    public bool Enabled { get; set; }

    /// <summary>Domains of the addresses that may, such as <c>example.com</c>. Default none: every domain.</summary>
    public IList<string> AllowedDomains { get; set; } = [];

    /// <summary>How long an invitation works. Default 7 days, from 1 hour to 30 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "30.00:00:00", ErrorMessage = "SignUp:{0} must be between one hour and 30 days.")] public TimeSpan InvitationLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Whether an address may have an account of its own making.</summary>
    internal bool Admits(string address) => AllowedDomains.Count == 0 || AllowedDomains.Any(domain => address.EndsWith("@" + domain, StringComparison.OrdinalIgnoreCase));
}
