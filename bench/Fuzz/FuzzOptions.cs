using System.Globalization;

namespace Fuzz;

/// <summary>The command line.</summary>
internal sealed record FuzzOptions
{
    public const string Usage = """
        Usage: Fuzz [--seed N] [--requests N] [--first N] [--minutes N] [--connections N] [--database Sqlite|PostgreSql]
          --seed         chooses the requests; default: the clock, printed at the start
          --requests     how many are sent; default 100000
          --first        number of the first one, to repeat a part of a run; default 0
          --minutes      stops earlier after this time; default 30
          --connections  how many are used at the same time; default 6
          --database     default Sqlite
        """;

    public int Seed { get; init; } = (int)(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() % 1_000_000);
    public int Requests { get; init; } = 100_000;
    public int First { get; init; }
    public int Minutes { get; init; } = 30;
    public int Connections { get; init; } = 6;
    public DatabaseKind Database { get; init; } = DatabaseKind.Sqlite;

    /// <summary>Null when the command line is not understood.</summary>
    public static FuzzOptions? Parse(string[] args)
    {
        var options = new FuzzOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            var isNumber = int.TryParse(args.ElementAtOrDefault(i + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            var next = (args[i], isNumber) switch
            {
                ("--seed", true) => options with { Seed = number },
                ("--requests", true) => options with { Requests = number },
                ("--first", true) => options with { First = number },
                ("--minutes", true) => options with { Minutes = number },
                ("--connections", true) when number is > 0 and <= 64 => options with { Connections = number },
                ("--database", false) when Enum.TryParse<DatabaseKind>(args.ElementAtOrDefault(i + 1), ignoreCase: true, out var database) => options with { Database = database },
                _ => null,
            };
            if (next is null) return null;
            options = next;
        }
        return options;
    }
}
