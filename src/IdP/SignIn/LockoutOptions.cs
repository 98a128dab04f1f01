using System.ComponentModel.DataAnnotations;

namespace IdP.SignIn;

/// <summary>Section <c>Lockout</c>.</summary>
public sealed class LockoutOptions
{
    /// <summary>Wrong passwords, and likewise wrong second factors, before further ones are refused. Default 5. Browsers the person has used before count for themselves.</summary>
    [Range(1, 100, ErrorMessage = "Lockout:{0} must be between {1} and {2}.")] public int MaxFailures { get; set; } = 5;

    /// <summary>How long they are refused, from 1 second to 1 day. Default 15 minutes.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Wrong passwords from one network address, whatever the account, before it must wait. Default 100 in <see cref="SourceWindow"/>, counted per node.</summary>
    [Range(1, 1_000_000, ErrorMessage = "Lockout:{0} must be between {1} and {2}.")] public int MaxFailuresPerSource { get; set; } = 100;

    /// <summary>From 1 second to 1 day. Default 5 minutes.</summary>
    public TimeSpan SourceWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Wrong passwords for names at the verified domains of one organization, from browsers that the person is not known in, before further ones from such must wait. Default 300 in <see cref="Window"/>, or ten times <see cref="MaxFailures"/> where that is more, counted over
    /// all nodes: more than the people of a company of ten thousand mistype in new browsers, far less than a search through its accounts needs. One network (/24, /48) can use up a tenth of it, and then waits alone.
    /// 0 for no limit, else at least ten times <see cref="MaxFailures"/>, or one person could use up the tenth.
    /// </summary>
    [Range(0, 100_000, ErrorMessage = "Lockout:{0} must be between {1} and {2}.")] public int? MaxFailuresPerOrganization { get; set; }

    internal int OrganizationBudget => MaxFailuresPerOrganization ?? Math.Max(UsualOrganizationBudget, NetworksToFill * MaxFailures);

    internal int MaxFailuresPerOrganizationAndNetwork => Math.Max(1, OrganizationBudget / NetworksToFill);

    /// <summary>How many networks it takes to use up the budget of an organization.</summary>
    internal const int NetworksToFill = 10;

    private const int UsualOrganizationBudget = 300;

    /// <summary>Mails that strangers may ask for from one network address (forgotten passwords, codes, registrations). Default 30 in <see cref="SourceWindow"/>, counted per node.</summary>
    [Range(1, 1_000_000, ErrorMessage = "Lockout:{0} must be between {1} and {2}.")] public int MaxMailsPerSource { get; set; } = 30;

    /// <summary>Wrong device codes (RFC 8628) one person may enter before having to wait. Default 10 in <see cref="SourceWindow"/>, counted per node.</summary>
    [Range(1, 1000, ErrorMessage = "Lockout:{0} must be between {1} and {2}.")] public int MaxUserCodeFailures { get; set; } = 10;

    /// <summary>Wrong device codes from one network address, whoever is signed in. Default 50 in <see cref="SourceWindow"/>, counted per node.</summary>
    [Range(1, 1_000_000, ErrorMessage = "Lockout:{0} must be between {1} and {2}.")] public int MaxUserCodeFailuresPerSource { get; set; } = 50;

    /// <summary>Wrong device codes in all, so that many accounts at many addresses together cannot search the codes. Default 1000 in <see cref="SourceWindow"/>, counted per node.</summary>
    [Range(1, 1_000_000, ErrorMessage = "Lockout:{0} must be between {1} and {2}.")] public int MaxUserCodeFailuresInAll { get; set; } = 1000;
}
