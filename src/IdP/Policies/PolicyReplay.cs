using IdP.Data;
using IdP.PersonalData;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;

namespace IdP.Policies;

/// <summary>
/// Asks the kept decisions again, by the policies of today and by those with a change, and tells where the two part: so that what is listed comes from this change and from nothing else.
/// Read in batches in the order of time; memory holds one batch, the counts and the list.
/// </summary>
public sealed class PolicyReplay(IdpDbContext db, PersonKeys keys, PolicyCatalog catalog, TimeProvider clock)
{
    public const int Days = 30, MaxRows = 200_000, MaxListed = 300;

    private const int BatchSize = 1000;

    public async Task<Replay> RunAsync(PolicyChange change, CancellationToken ct, int maxRows = MaxRows)
    {
        var since = clock.GetUtcNow().AddDays(-Days);
        var judged = db.SignInDecisions.AsNoTracking().Where(d => d.At >= since && (d.Inputs != null || d.SealedInputs != null));
        // The newest of those that are too many: what is older than it, itself included, is left out.
        var cut = await judged.OrderByDescending(d => d.At).ThenByDescending(d => d.Id).Skip(maxRows).Select(d => new { d.At, d.Id }).FirstOrDefaultAsync(ct);
        var tally = new Tally(await catalog.AllAsync(ct), change);
        var (at, id) = cut is null ? (since, Guid.Empty) : (cut.At, cut.Id);
        List<Row> rows;
        do
        {
            rows = await judged.Where(d => d.At >= at && (d.At > at || d.Id.CompareTo(id) > 0)).OrderBy(d => d.At).ThenBy(d => d.Id).Take(BatchSize)
                .Select(d => new Row(d.Id, d.At, d.UserId, d.ClientId, d.Outcome, d.TraceId, d.Inputs, d.SealedInputs)).ToListAsync(ct);
            if (rows.Count == 0) break;
            (at, id) = (rows[^1].At, rows[^1].Id);
            await AskAsync(await OpenAsync(rows, tally, ct), tally, ct);
        }
        while (rows.Count == BatchSize);

        var people = tally.Listed.Select(d => d.UserId).ToHashSet();
        var names = await db.Users.AsNoTracking().Where(u => people.Contains(u.Id)).Select(u => new { u.Id, u.Name, u.UserName }).ToDictionaryAsync(u => u.Id, u => u.Name ?? u.UserName, ct);
        return tally.Result(since, cut is not null, names);
    }

    /// <summary>What is kept under a key that is gone cannot be asked again.</summary>
    private async Task<List<Row>> OpenAsync(List<Row> rows, Tally tally, CancellationToken ct)
    {
        var known = await keys.ForReadingAsync(db, rows.Where(row => row.SealedInputs is not null && row.UserId is not null).Select(row => row.UserId!.Value), ct); // those that have one
        List<Row> opened = [];
        foreach (var row in rows)
        {
            var inputs = row.Inputs;
            if (row.SealedInputs is { } stored && row.UserId is { } person && known.TryGetValue(person, out var key)) SignInDecision.InputsOf(row.Id, person, null, null, stored, _ => { }, values => inputs = values[0]).OpenWith(key);
            if (inputs is not null) opened.Add(row with { Inputs = inputs });
            else tally.Erased++;
        }
        return opened;
    }

    private async Task AskAsync(List<Row> rows, Tally tally, CancellationToken ct)
    {
        var read = rows.Select(row => (Row: row, Inputs: PolicyInputs.FromJson(row.Inputs)!)).ToList(); // only those that were opened
        var unknown = read.Where(r => tally.LacksMemberships(r.Inputs)).Select(r => r.Inputs.UserId).ToHashSet();
        var (organizations, groups) = unknown.Count == 0 ? default : await PeopleFacts.MembershipsAsync(db, unknown, ct);
        foreach (var (row, inputs) in read)
        {
            var byToday = tally.LacksMemberships(inputs);
            tally.Add(row, byToday ? inputs with { Organizations = inputs.Organizations ?? [.. organizations[inputs.UserId]], Groups = inputs.Groups ?? [.. groups[inputs.UserId]] } : inputs, byToday);
        }
    }

    private sealed record Row(Guid Id, DateTimeOffset At, Guid? UserId, string? ClientId, SignInOutcome Outcome, string? TraceId, string? Inputs, byte[]? SealedInputs);

    private sealed class Tally(IReadOnlyList<PolicyRule> before, PolicyChange change)
    {
        private readonly IReadOnlyList<PolicyRule> after = change.ApplyTo(before);
        private readonly Dictionary<(ReplayEnd, ReplayEnd), int> counts = [];
        private readonly Dictionary<Guid, Dictionary<Guid, DateTimeOffset>> graces = [];
        private readonly HashSet<Guid> people = [];
        private readonly Queue<ReplayedDecision> newest = new(MaxListed + 1);
        private int lookedAt, passages, byTodays, same;

        public IEnumerable<ReplayedDecision> Listed => newest;

        /// <summary>How many could not be asked again, because the person was erased.</summary>
        public int Erased { get; set; }

        /// <summary>Whether the answer hangs on memberships that nobody looked up then.</summary>
        public bool LacksMemberships(PolicyInputs inputs) =>
            (inputs.Organizations is null || inputs.Groups is null) && (before.Any(Asks(inputs)) || after.Any(Asks(inputs)));

        private static Func<PolicyRule, bool> Asks(PolicyInputs inputs) => rule => rule.NeedsMemberships && rule.ConcernsClient(inputs.ClientId);

        public void Add(Row row, PolicyInputs inputs, bool byToday)
        {
            lookedAt++;
            if (row.Outcome is SignInOutcome.Passed) passages++;
            if (byToday) byTodays++;
            var (was, would) = (ReplayEnd.Of(Decide(inputs, before)), ReplayEnd.Of(Decide(inputs, after)));
            if (was == would)
            {
                same++;
                return;
            }
            counts[(was, would)] = counts.GetValueOrDefault((was, would)) + 1;
            people.Add(inputs.UserId);
            newest.Enqueue(new(row.At, inputs.UserId, null, row.ClientId, row.TraceId, row.Outcome, was, would));
            if (newest.Count > MaxListed) newest.Dequeue();
        }

        /// <summary>A grace begins with the first decision of the person that the policy would have met.</summary>
        private PolicyVerdict Decide(PolicyInputs inputs, IReadOnlyList<PolicyRule> rules)
        {
            if (graces.TryGetValue(inputs.UserId, out var begun)) inputs = inputs with { Graces = begun.Concat(inputs.Graces ?? new Dictionary<Guid, DateTimeOffset>()).GroupBy(grace => grace.Key, grace => grace.Value).ToDictionary(grace => grace.Key, grace => grace.Min()) };
            var verdict = PolicyEvaluation.Decide(inputs, rules);
            foreach (var grace in verdict.Graces)
            {
                if (begun is null) graces[inputs.UserId] = begun = [];
                begun.TryAdd(grace.PolicyId, inputs.Graces?.TryGetValue(grace.PolicyId, out var at) is true ? at : inputs.At);
            }
            return verdict;
        }

        public Replay Result(DateTimeOffset since, bool isCut, Dictionary<Guid, string?> names) => new()
        {
            Since = since, LookedAt = lookedAt, IsCut = isCut, Passages = passages, Erased = Erased, ByTodaysMemberships = byTodays, Same = same, People = people.Count,
            Changed = [.. counts.OrderByDescending(count => count.Key.Item2.Answer).ThenByDescending(count => count.Key.Item2.InGrace).ThenBy(count => count.Key.Item1.Answer).Select(count => new ReplayCount(count.Key.Item1, count.Key.Item2, count.Value))],
            Listed = [.. newest.Reverse().Select(d => d with { PersonName = names.GetValueOrDefault(d.UserId) })],
        };
    }
}
