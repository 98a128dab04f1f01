using System.ComponentModel.DataAnnotations;
using IdP.Recovery.Passes;

namespace IdP.Recovery;

/// <summary>Section <c>Recovery</c>: ways back for people who cannot sign in. The forgotten password by mail needs nothing of it.</summary>
public sealed class RecoveryOptions : IValidatableObject
{
    /// <summary>How long a temporary pass works unless another time is chosen with it. Default 1 hour, from 10 minutes to <see cref="MaxTemporaryPassLifetime"/>.</summary>
    public TimeSpan TemporaryPassLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The longest time that may be chosen. Default 3 days, from 10 minutes to 3 days.</summary>
    public TimeSpan MaxTemporaryPassLifetime { get; set; } = IssueTemporaryPass.LongestLifetime;

    /// <summary>
    /// Whether somebody who has nothing left to sign in with may ask, on the page of the password or of the second factor, to be let in by an owner or the help desk. Whoever approves must know who
    /// is asking. Needs <c>Mail</c>, by which the account's owner is told. Default false.
    /// </summary>
    public bool Supervised { get; set; }

    /// <summary>
    /// How many requests to be let in may wait at once from one network, the /24 of an IPv4 address or the /48 of an IPv6 address, so that nobody fills the place of everybody. Default 20, from 1 to 1000. Larger where
    /// many people sit behind one address.
    /// </summary>
    public int MaxWaitingPerNetwork { get; set; } = 20;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxTemporaryPassLifetime < IssueTemporaryPass.ShortestLifetime || MaxTemporaryPassLifetime > IssueTemporaryPass.LongestLifetime)
            yield return new("Recovery:MaxTemporaryPassLifetime must be between 10 minutes and 3 days.");
        if (TemporaryPassLifetime < IssueTemporaryPass.ShortestLifetime || TemporaryPassLifetime > MaxTemporaryPassLifetime)
            yield return new("Recovery:TemporaryPassLifetime must be between 10 minutes and Recovery:MaxTemporaryPassLifetime.");
        if (MaxWaitingPerNetwork is < 1 or > 1000) yield return new("Recovery:MaxWaitingPerNetwork must be between 1 and 1000.");
    }
}
