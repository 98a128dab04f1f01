namespace Load;

/// <summary>One cell of the table in one round.</summary>
internal sealed record Measurement(string Scenario, string Subject, int Round, double PerSecond, double P50, double P95, double P99, double CpuMs, double DatabaseCpuMs, double ResidentMB);

/// <summary>One cell of the table: medians over the rounds.</summary>
/// <param name="Statements">SQL statements of one unit; null where they cannot be counted.</param>
internal sealed record Cell(string Scenario, string Subject, double PerSecond, double P50, double P95, double P99, double CpuMs, double DatabaseCpuMs, double ResidentMB, double? Statements)
{
    public static Cell Median(IReadOnlyList<Measurement> rounds, double? statements)
    {
        double Of(Func<Measurement, double> value) => rounds.Select(value).Order().ElementAt(rounds.Count / 2);
        return new(rounds[0].Scenario, rounds[0].Subject, Of(m => m.PerSecond), Of(m => m.P50), Of(m => m.P95), Of(m => m.P99), Of(m => m.CpuMs), Of(m => m.DatabaseCpuMs), Of(m => m.ResidentMB), statements);
    }
}
