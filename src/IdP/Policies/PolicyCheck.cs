using IdP.Credentials;
using IdP.Data;
using IdP.Risk;
using IdP.Sessions;
using IdP.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Policies;

/// <summary>What was decided, and on what.</summary>
public sealed record PolicyJudgement(PolicyInputs Inputs, PolicyVerdict Verdict)
{
    /// <summary>Whether everything that is asked for was shown.</summary>
    public bool Allows => Verdict.Answer is PolicyAnswer.Allow;

    /// <summary>The network it comes from, see <see cref="NetworkNames"/>.</summary>
    public string? Network { get; init; }

    /// <summary>How a sign-in ends when nothing else stands in its way.</summary>
    public SignInOutcome Outcome => Verdict.Answer switch
    {
        PolicyAnswer.Allow => SignInOutcome.Success,
        PolicyAnswer.Ask => SignInOutcome.FactorNeeded,
        PolicyAnswer.Repeat => SignInOutcome.ProofTooOld,
        PolicyAnswer.Enrol => SignInOutcome.EnrolmentNeeded,
        _ when Verdict.IsForRisk => SignInOutcome.BlockedByRisk,
        _ => SignInOutcome.Blocked,
    };
}

/// <summary>Asks the policies. Where none is enabled, nothing is read for it; where one depends on the person's memberships, one statement is, and one where one depends on signals of risk.</summary>
public sealed class PolicyCheck(IdpDbContext db, PolicyCatalog catalog, AssessRisk risk, NetworkNames networks, EnrolmentGraces graces)
{
    /// <summary>About a session that would begin now.</summary>
    /// <param name="login">What has begun already; the signals of risk that were there then are still there.</param>
    public async Task<PolicyJudgement> JudgeAsync(PolicyInputs inputs, CancellationToken ct, PendingLogin? login = null)
    {
        var rules = await catalog.ForAsync(inputs.ClientId, ct);
        if (rules.Any(rule => rule.NeedsMemberships) && await ReadAsync(inputs.UserId, [], ct) is { } facts) inputs = inputs with { Organizations = facts.Organizations, Groups = facts.Groups };
        if (login?.SessionId is not null) inputs = inputs with { Risk = RiskFacts.None };
        else if (rules.Any(rule => rule.NeedsRisk && rule.AppliesTo(inputs))) inputs = inputs with { Risk = await risk.ExecuteAsync(inputs, RiskFacts.FromJson(login?.Risk), ct) };
        return await DecideAsync(inputs, rules, ct) with { Network = networks.Of(inputs.Address) };
    }

    /// <summary>About a session that has begun, on the way to an app.</summary>
    /// <param name="age">From its authentication to the request; null when its age is not in question.</param>
    public async Task<PolicyJudgement> JudgeAsync(SignedInPerson person, string? clientId, TimeSpan age, DateTimeOffset now, HttpContext http, CancellationToken ct)
    {
        var rules = await catalog.ForAsync(clientId, ct);
        var inputs = new PolicyInputs
        {
            At = now, UserId = person.UserId, ClientId = clientId, Methods = person.AuthenticationMethods, Address = http.Connection.RemoteIpAddress?.ToString(), Age = Math.Max(0, age.TotalSeconds),
        };
        // What is allowed to somebody of whom nothing good is known stays allowed whatever is read; but for a grace, which is for those only who lack something.
        if (rules.Any(rule => rule.NeedsMemberships) || PolicyEvaluation.Decide(inputs, rules) is not { Answer: PolicyAnswer.Allow, Graces.Count: 0 })
            inputs = await CompleteAsync(inputs, http, ct);
        return await DecideAsync(inputs, rules, ct);
    }

    /// <summary>Everything that policies can ask about a sign-in of this person that shows what the session has shown, in this browser and from here.</summary>
    public async Task<PolicyInputs> DescribeAsync(SignedInPerson person, DateTimeOffset now, HttpContext http, CancellationToken ct)
    {
        var inputs = await CompleteAsync(new() { At = now, UserId = person.UserId, Methods = person.AuthenticationMethods, Address = http.Connection.RemoteIpAddress?.ToString() }, http, ct);
        return inputs with { Risk = await risk.ExecuteAsync(inputs, earlier: null, ct) };
    }

    private async Task<PolicyJudgement> DecideAsync(PolicyInputs inputs, IReadOnlyList<PolicyRule> rules, CancellationToken ct)
    {
        var verdict = PolicyEvaluation.Decide(inputs, rules);
        if (verdict.Graces.Count == 0) return new(inputs, verdict);
        inputs = inputs with { Graces = await graces.ReadAsync(inputs.UserId, [.. verdict.Graces.Select(grace => grace.PolicyId)], ct) };
        return new(inputs, PolicyEvaluation.Decide(inputs, rules));
    }

    private async Task<PolicyInputs> CompleteAsync(PolicyInputs inputs, HttpContext http, CancellationToken ct) =>
        await ReadAsync(inputs.UserId, KnownBrowserCookie.Hashes(http), ct) is { } facts
            ? inputs with
            {
                Organizations = facts.Organizations, Groups = facts.Groups, HasPasskey = facts.HasPasskey, HasApp = facts.HasApp,
                KnownDevice = facts.Device is not null, RememberedUntil = facts.Device?.RememberedUntil, FactorShownAt = facts.Device?.FactorShownAt,
            }
            : inputs;

    private Task<Facts?> ReadAsync(Guid userId, IReadOnlyList<string> devices, CancellationToken ct) => (
        from user in db.Users.AsNoTracking().Where(u => u.Id == userId)
        from device in db.KnownDevices.Where(d => d.UserId == user.Id && devices.Contains(d.HandleHash)).DefaultIfEmpty()
        select new Facts
        {
            Device = device,
            HasPasskey = db.UserPasskeys.Any(p => p.UserId == user.Id),
            HasApp = db.Credentials.Any(c => c.UserId == user.Id && c.Kind == CredentialKinds.AuthenticatorApp),
            Organizations = db.OrganizationMembers.Where(m => m.UserId == user.Id).Select(m => db.Organizations.Where(o => o.Id == m.OrganizationId).Select(o => o.Name).FirstOrDefault()!).ToList(),
            Groups = db.GroupMembers.Where(m => m.UserId == user.Id).Select(m => db.Groups.Where(g => g.Id == m.GroupId).Select(g => g.Name).FirstOrDefault()!).ToList(),
        }).AsSingleQuery().FirstOrDefaultAsync(ct);

    private sealed class Facts
    {
        public KnownDevice? Device { get; init; }
        public bool HasPasskey { get; init; }
        public bool HasApp { get; init; }
        public List<string> Organizations { get; init; } = [];
        public List<string> Groups { get; init; } = [];
    }
}
