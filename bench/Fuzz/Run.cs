using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Fuzz;

/// <summary>Sends the requests over several connections, judges every answer, and watches the server's log and memory meanwhile.</summary>
internal sealed partial class Run(FuzzOptions options, ServerProcess server, Corpus corpus, Memory memory, IReadOnlyList<Template> templates)
{
    private const int MaxViolations = 25;
    private static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(2);

    private readonly Verdict verdict = new(server.Origin);
    private readonly int totalWeight = templates.Sum(t => t.Weight);
    private readonly ConcurrentDictionary<string, Violation> violations = new();
    private readonly ConcurrentDictionary<int, int> statuses = new();
    private readonly ConcurrentDictionary<string, int> accepted = new();
    private readonly ConcurrentDictionary<string, string> problems = new();
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private int next = options.First;
    private int sent;
    private int logLines;
    private TimeSpan slowest;

    /// <summary>True when nothing is to be complained about.</summary>
    public async Task<bool> ExecuteAsync(TextWriter output)
    {
        var over = new CancellationTokenSource(TimeSpan.FromMinutes(options.Minutes));
        var workers = Enumerable.Range(0, options.Connections).Select(i => new Thread(() => Work(over.Token)) { IsBackground = true, Name = $"connection {i}" }).ToList();
        workers.ForEach(worker => worker.Start());
        var sampleEvery = Math.Max(1000, options.Requests / 15);
        var (nextSample, renewed, ticks) = (0, watch.Elapsed, 0);
        while (workers.Exists(worker => worker.IsAlive))
        {
            if (Volatile.Read(ref sent) >= nextSample)
            {
                memory.Sample(Volatile.Read(ref sent), watch.Elapsed);
                nextSample += sampleEvery;
            }
            if (watch.Elapsed - renewed > RenewInterval)
            {
                await RenewAsync(over);
                renewed = watch.Elapsed;
            }
            if (ticks++ % 20 == 0) ReadLog();
            await Task.Delay(50);
        }
        var seconds = watch.Elapsed.TotalSeconds;
        memory.Sample(sent, watch.Elapsed);
        await Task.Delay(500); // the console's logger writes behind
        ReadLog();
        if (memory.Problem() is { } growth) Complain(growth);
        if (sent < options.Requests && violations.IsEmpty && problems.IsEmpty) Complain($"only {sent} of {options.Requests} requests were sent in {options.Minutes} minutes");

        foreach (var violation in violations.Values.OrderBy(v => v.Number)) violation.Print(output);
        foreach (var problem in problems.Values.Take(MaxViolations)) output.WriteLine("PROBLEM: " + problem);
        memory.Print(output);
        output.WriteLine("  status: " + string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{s.Key} x {s.Value}")));
        output.WriteLine("  accepted all the same: " + string.Join(", ", templates.Where(t => t.Works is not null).Select(t => $"{t.Name} x {accepted.GetValueOrDefault(t.Name)}")));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {sent} requests from {templates.Count} kinds in {seconds:0} s, {sent / seconds:0} per second; slowest answer {slowest.TotalMilliseconds:0} ms; {logLines} lines of log"));
        return violations.IsEmpty && problems.IsEmpty;
    }

    private void Work(CancellationToken over)
    {
        using var connection = new Connection("localhost", server.Origin.Port);
        while (!over.IsCancellationRequested && violations.Count < MaxViolations)
        {
            var number = Interlocked.Increment(ref next) - 1;
            if (number - options.First >= options.Requests) return;
            var (template, request) = Templates.Make(templates, totalWeight, corpus, options.Seed, number);
            var (problem, answer) = Try(connection, request);
            Interlocked.Increment(ref sent);
            if (answer is not null) statuses.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
            if (answer is not null && template.Works?.Invoke(request, answer) == true) accepted.AddOrUpdate(template.Name, 1, (_, count) => count + 1);
            if (problem is not null) Report(number, request, problem, answer);
        }
    }

    private (string? Problem, Answer? Answer) Try(Connection connection, FuzzRequest request)
    {
        var begin = Stopwatch.GetTimestamp();
        try
        {
            var answer = connection.Send(request);
            var took = Stopwatch.GetElapsedTime(begin);
            if (took > slowest) slowest = took;
            return (took > TimeSpan.FromSeconds(10) ? "more than 10 seconds to answer" : verdict.Problem(request, answer), answer);
        }
        catch (IOException e)
        {
            connection.Dispose();
            // A server may hang up on what is no HTTP.
            return (request.EndsConnection || request.ToBytes("h").Length > 1024 * 1024 ? null : e.Message, null);
        }
    }

    private void Report(int number, FuzzRequest request, string problem, Answer? answer)
    {
        var key = $"{request.Name}: {problem}";
        if (violations.ContainsKey(key)) return;
        using var connection = new Connection("localhost", server.Origin.Port);
        var smallest = Shrinking.Shrink(request, candidate => Try(connection, candidate).Problem == problem);
        if (Try(connection, smallest) is (not null, var again)) answer = again;
        violations.TryAdd(key, new Violation(number, problem, smallest, answer, $"localhost:{server.Origin.Port}"));
    }

    private async Task RenewAsync(CancellationTokenSource over)
    {
        try
        {
            await corpus.RenewAsync();
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException or TaskCanceledException)
        {
            Complain("the plain flows do not work any more: " + e.Message);
            await over.CancelAsync();
        }
    }

    private void ReadLog()
    {
        var lines = server.Output;
        var secrets = corpus.Secrets.Where(secret => secret.Length > 8).ToList();
        for (; logLines < lines.Count; logLines++)
        {
            var line = lines[logLines];
            if (Verdict.LogProblem(line) is not null) Complain($"in the log, before request {Volatile.Read(ref next)}: {line}");
            if (secrets.Exists(secret => line.Contains(secret, StringComparison.Ordinal))) Complain($"a secret in the log: {line.Split(':')[1]}: {line}");
        }
    }

    /// <summary>Once for each kind: what differs by numbers and ids only is the same.</summary>
    private void Complain(string problem)
    {
        var kind = Numbers().Replace(problem, "N");
        problems.TryAdd(kind.Length > 220 ? kind[..220] : kind, problem);
    }

    [GeneratedRegex("0H[0-9A-Z:]+|[0-9a-fA-F-]{8,}|[0-9]+")]
    private static partial Regex Numbers();
}
