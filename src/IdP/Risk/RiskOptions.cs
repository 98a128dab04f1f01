using System.ComponentModel.DataAnnotations;

namespace IdP.Risk;

/// <summary>Section <c>Risk</c>: how unusual a sign-in must be to count as a signal. What signals lead to is said by policies; without one that speaks of them nothing here is looked at.</summary>
public sealed class RiskOptions
{
    /// <summary>Failed tries on the account from browsers it is not known in, within <c>Lockout:Window</c> before the sign-in. Default 5.</summary>
    [Range(1, 1000, ErrorMessage = "Risk:{0} must be between {1} and {2}.")] public int ManyFailures { get; set; } = 5;
}
