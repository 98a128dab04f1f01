using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Load;

/// <summary>The run as Markdown, which is also what a terminal shows.</summary>
internal sealed class Report(LoadOptions options, IReadOnlyList<Subject> subjects, IReadOnlyList<Cell> cells, IReadOnlyList<Measurement> measurements, Limits? limits, IReadOnlyList<string> machine)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private IReadOnlyList<Goal> Goals { get; } = [.. Load.Goals.Judge(cells, limits, options.People),
        .. subjects.Where(subject => subject.Name.StartsWith("provider", StringComparison.Ordinal) || subject.Name == Subjects.Large).SelectMany(subject => Load.Goals.Judge(subject, MostMB(measurements, subject)))];

    public string Markdown()
    {
        var text = new StringBuilder();
        foreach (var line in machine) text.AppendLine("- " + line);
        text.AppendLine(Text($"- {options.Rounds} rounds of {options.Seconds} s, medians; {options.Connections} connections, {Math.Max(1, options.Connections / 4)} for the password sign-in; {options.Users} people in the database"));
        text.AppendLine();
        if (limits is not null)
            Table(text, ["alone, no server", "CPU ms"],
            [
                ["RSA-2048 signature, openssl speed", Number(limits.OpenSslRsa, 4)], ["RSA-2048 signature, .NET", Number(limits.Rsa, 4)],
                ["ECDSA P-256 signature, openssl speed", Number(limits.OpenSslEcdsa, 4)], ["ECDSA P-256 signature, .NET", Number(limits.Ecdsa, 4)],
                [Text($"Argon2id, {BenchClients.Hash.MemoryKiB} KiB, {BenchClients.Hash.Iterations} passes"), Number(limits.Argon2, 3)],
            ]);
        Table(text, ["scenario", "subject", "per s", "p50 ms", "p95 ms", "p99 ms", "CPU ms", "× floor", "database CPU ms", "SQL", "resident MB"], [.. cells.Select(Row)]);
        Table(text, ["subject", "idle, resident MB", "most, resident MB"], [.. subjects.Select(subject => (string[])
            [subject.Name, Number(subject.IdleMB, 0), Number(MostMB(measurements, subject), 0)])]);
        Table(text, ["goal", "this run", "limit", ""], [.. Goals.Select(Row)]);
        return text.ToString().TrimEnd();
    }

    /// <summary>The tables of a storm.</summary>
    public static string Markdown(IReadOnlyList<Storm> storms, IReadOnlyList<string> machine)
    {
        var text = new StringBuilder();
        foreach (var line in machine) text.AppendLine("- " + line);
        text.AppendLine(Text($"- {Storm.TokensPerSecond} client credentials (RS256) and {Storm.RefreshesPerSecond} refreshes a second, alone and beside {Storm.SignInsPerSecond} sign-ins a second on unknown names from as many networks"));
        text.AppendLine();
        Table(text, ["request", "subject", "alone p50 ms", "p95", "p99", "in the storm p50 ms", "p95", "p99", "p95 ratio"],
            [.. storms.SelectMany(storm => new[] { Row("client credentials", storm, storm.Tokens), Row("refresh", storm, storm.Refreshes) })]);
        Table(text, ["sign-ins", "subject", "answered per s", "checked %", "429 %", "429 p95 ms", "known browser let in %", "worst ms", "new browser let in %", "worst ms", "server's processor %"], [.. storms.Select(storm => (string[])
            ["storm", storm.Subject, Number(storm.PerSecond, 0), Number(storm.Checked * 100, 1), Number(storm.Refused * 100, 1), Number(storm.RefusedP95, 1), Number(storm.KnownIn * 100, 0), Number(storm.KnownWorst, 0), Number(storm.NewIn * 100, 0), Number(storm.NewWorst, 0), Number(storm.CpuShare * 100, 0)])]);
        Table(text, ["goal", "this run", "limit", ""], [.. storms.SelectMany(Load.Goals.Judge).Select(Row)]);
        return text.ToString().TrimEnd();
    }

    public string Json() => JsonSerializer.Serialize(new { machine, options, limits, cells, measurements, goals = Goals, idle = subjects.ToDictionary(s => s.Name, s => s.IdleMB) }, Indented);

    private static double MostMB(IReadOnlyList<Measurement> measurements, Subject subject) => measurements.Where(m => m.Subject == subject.Name).Select(m => m.ResidentMB).DefaultIfEmpty(subject.IdleMB).Max();

    /// <summary>Puts the tables between the marks of a document.</summary>
    public static string Insert(string document, string tables)
    {
        const string Begin = "<!-- results -->";
        var (from, to) = (document.IndexOf(Begin, StringComparison.Ordinal), document.IndexOf("<!-- /results -->", StringComparison.Ordinal));
        if (from < 0 || to < from) throw new InvalidOperationException("The document has no marks <!-- results --> and <!-- /results -->.");
        return document[..(from + Begin.Length)] + "\n" + tables + "\n" + document[to..];
    }

    private static string[] Row(string request, Storm storm, StormPart part) =>
        [request, storm.Subject, Number(part.Alone.P50, 2), Number(part.Alone.P95, 2), Number(part.Alone.P99, 2), Number(part.Beside.P50, 2), Number(part.Beside.P95, 2), Number(part.Beside.P99, 2), Number(part.Ratio, 2)];

    internal static string[] Row(Goal goal) =>
        [goal.Sentence, goal.Value is { } value ? Number(value, 2) + " " + goal.Unit : "–", $"{(goal.AtLeast ? "≥" : "≤")} {Text($"{goal.Limit}")} {goal.Unit}", goal.Met switch { true => "met", false => "NOT MET", null => "not measured" }];

    private string[] Row(Cell cell) =>
    [
        cell.Scenario, cell.Subject, Number(cell.PerSecond, cell.PerSecond < 100 ? 1 : 0), Number(cell.P50, 2), Number(cell.P95, 2), Number(cell.P99, 2), Number(cell.CpuMs, 3),
        Load.Goals.Floor(cell.Scenario, cells, limits) is { } floor ? Number(cell.CpuMs / floor, 2) : "–",
        cell.Statements is null ? "–" : Number(cell.DatabaseCpuMs, 3), cell.Statements is { } count ? Number(count, 1) : "–", Number(cell.ResidentMB, 0),
    ];

    internal static void Table(StringBuilder text, string[] head, IReadOnlyList<string[]> rows)
    {
        var widths = head.Select((title, column) => rows.Select(row => row[column].Length).Append(title.Length).Max()).ToArray();
        bool IsNumber(int column) => rows.Count > 0 && rows.All(row => row[column].Length > 0 && (char.IsAsciiDigit(row[column].TrimStart('-')[0]) || row[column] == "–"));
        string Line(string[] cells) => "| " + string.Join(" | ", cells.Select((cell, column) => IsNumber(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))) + " |";
        text.AppendLine(Line(head));
        text.AppendLine("|" + string.Join('|', widths.Select((width, column) => IsNumber(column) ? new string('-', width + 1) + ":" : new string('-', width + 2))) + "|");
        foreach (var row in rows) text.AppendLine(Line(row));
        text.AppendLine();
    }

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    internal static string Number(double value, int digits) => double.IsNaN(value) ? "–" : value.ToString("F" + digits, CultureInfo.InvariantCulture);
}
