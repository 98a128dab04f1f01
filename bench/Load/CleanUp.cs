using System.Diagnostics;

namespace Load;

/// <summary>What the deletion of all tokens of a large database, which have expired, does to people who sign in meanwhile.</summary>
/// <param name="Waiting">Tokens that waited to be deleted.</param>
/// <param name="Took">From the first deletion seen to the last.</param>
/// <param name="IsComplete">Whether it ended while it was watched.</param>
internal sealed record CleanUp(long Waiting, CleanUpPart Passwords, CleanUpPart Sessions, long Tokens, long Others, TimeSpan Took, bool IsComplete, double ServerShare, double RestingShare)
{
    public const double SignInsPerSecond = 10;

    private const int Connections = 64;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Preparation = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>The server does it on its own; by then the sign-ins without it have been measured.</summary>
    public static TimeSpan Interval => Preparation + WarmUp + Length;

    public double TokensPerSecond => Tokens / Took.TotalSeconds;

    /// <summary>How long all of them take at the pace that was seen.</summary>
    public TimeSpan All => TimeSpan.FromSeconds(Waiting / TokensPerSecond);

    /// <param name="most">So long it is watched beside the sign-ins.</param>
    public static async Task<CleanUp> MeasureAsync(Subject subject, PostgreSqlCluster cluster, TimeSpan most)
    {
        var rows = new Rows(cluster, subject.Database!); // it has one
        var waiting = (await rows.CountAsync())["Tokens"];
        var first = await rows.DeletedAsync();
        var sessions = await Journeys.WithSessionAsync(subject, Connections, exchange: true);
        var people = await Journeys.SignInAsync(subject, Connections);
        using var known = new Flow(SignInsPerSecond / 2, Connections, i => new Client(subject.Origin, sessions[i]));
        using var passwords = new Flow(SignInsPerSecond / 2, Connections, i => new Client(subject.Origin, people[i]));

        void Run(TimeSpan length) => OpenLoop.Run([known, passwords], length);
        Task<(long Tokens, long Others)> DeletedAsync() => SinceAsync(rows, first);

        Run(WarmUp);
        var (before, from) = (Usage.Of(subject.Process.Id, null), Stopwatch.GetTimestamp());
        Run(Length);
        var (restingPasswords, restingSessions, restingShare) = (Of(passwords), Of(known), Share(subject, before, from));
        if (await DeletedAsync() != default) throw new InvalidOperationException("The clean-up began before the sign-ins without it were measured.");
        await Console.Error.WriteLineAsync(FormattableString.Invariant($"resting: p95 {Times.Of(restingPasswords).P95:0.0} ms with a password, {Times.Of(restingSessions).P95:0.0} ms with a session; {waiting} tokens wait"));

        while (await DeletedAsync() == default) Run(TimeSpan.FromSeconds(2));
        var start = await DeletedAsync();
        var (began, last, deleted, isComplete) = (Stopwatch.GetTimestamp(), TimeSpan.Zero, start, false);
        List<double> besidePasswords = [], besideSessions = [];
        (before, from) = (Usage.Of(subject.Process.Id, null), began);
        while (Stopwatch.GetElapsedTime(began) < most)
        {
            Run(Window);
            var now = await DeletedAsync();
            isComplete = now == deleted; // nothing in a whole window
            if (isComplete) break;
            (deleted, last) = (now, Stopwatch.GetElapsedTime(began));
            besidePasswords.AddRange(Of(passwords));
            besideSessions.AddRange(Of(known));
            await Console.Error.WriteLineAsync(FormattableString.Invariant($"{last.TotalSeconds,6:0} s  {deleted.Tokens,10} tokens and {deleted.Others,9} grants and sessions deleted, p95 {passwords.Percentile(0.95):0.0} and {known.Percentile(0.95):0.0} ms"));
        }
        var besideShare = Share(subject, before, from);
        if (isComplete) Run(Length);
        return new CleanUp(waiting, new(Times.Of(restingPasswords), Times.Of(besidePasswords), isComplete ? Times.Of(passwords) : null), new(Times.Of(restingSessions), Times.Of(besideSessions), isComplete ? Times.Of(known) : null),
            deleted.Tokens - start.Tokens, deleted.Others - start.Others, last, isComplete, besideShare, restingShare);
    }

    private static double[] Of(Flow flow) => [.. flow.Answers.Select(answer => answer.Milliseconds)];

    private static double Share(Subject subject, Usage before, long from) => (Usage.Of(subject.Process.Id, null) - before).Server / Stopwatch.GetElapsedTime(from).TotalMilliseconds;

    private static async Task<(long Tokens, long Others)> SinceAsync(Rows rows, IReadOnlyDictionary<string, long> first)
    {
        var now = await rows.DeletedAsync();
        long Since(string table) => now[table] - first[table];
        return (Since("Tokens"), Since("Grants") + Since("Sessions"));
    }
}

/// <param name="Resting">Before it began.</param>
/// <param name="Beside">While it ran.</param>
/// <param name="After">Once it was over; null when it was not.</param>
internal sealed record CleanUpPart(Times Resting, Times Beside, Times? After)
{
    public double Ratio => Beside.P95 / Resting.P95;
}
