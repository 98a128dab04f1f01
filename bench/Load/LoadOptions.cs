using System.Globalization;

namespace Load;

/// <summary>The command line.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        Usage: bench.sh [--no-build] [--seconds N] [--rounds N] [--warmup N] [--connections N] [--users N]
                        [--database PostgreSql|Sqlite] [--only SUBJECT,...] [--scenario NAME,...] [--json FILE] [--into FILE]
                        [--storm | --enumeration | --soak MINUTES | --cleanup MINUTES] [--people N]
          --seconds      length of one measurement; default 3
          --rounds       measurements of each cell, of which the median counts; default 3
          --warmup       most seconds of load before the first measurement of a cell, which ends once a unit gets no cheaper; default 120
          --connections  kept-alive connections, each with one request at a time; default 16, for sign-ins a quarter of it
          --users        people in the databases; default 1000
          --database     measures this provider on one database only; default both
          --only         of provider, oidc-provider, sample, bare; default all. Also large, which is in no default: the provider with a million people and ten million tokens
          --scenario     as the first column of the table names them; default all
          --json         also writes every measurement to this file
          --into         also writes the tables between the marks <!-- results --> and <!-- /results --> of this file
          --storm        measures nothing but a storm of sign-ins, about two minutes for each database
          --enumeration  measures nothing but whether the time of an answer tells who has an account; about ten minutes for each database
          --soak         measures nothing but what grows in so many minutes (to 50) of a steady mixed load, on PostgreSQL
          --cleanup      measures nothing but sign-ins while the clean-up deletes the tokens of a large database, which have expired; watches it for at most so many minutes (to 600)
          --policies     sign-in policies about memberships, networks and risk are asked in this provider
          --people       people of the large database; 100 times fewer clients, 10 times more tokens; default 1000000
        """;

    public int Seconds { get; init; } = 3;
    public int Rounds { get; init; } = 3;
    public int WarmUp { get; init; } = 120;
    public int Connections { get; init; } = 16;
    public int Users { get; init; } = 1000;
    public DatabaseKind? Database { get; init; }
    public IReadOnlyList<string> Only { get; init; } = [];
    public IReadOnlyList<string> Scenarios { get; init; } = [];
    public bool Storm { get; init; }
    public bool Enumeration { get; init; }

    /// <summary>Minutes; zero for none.</summary>
    public int Soak { get; init; }

    /// <summary>Minutes; zero for none.</summary>
    public int CleanUp { get; init; }

    /// <summary>How large the large database is.</summary>
    public int People { get; init; } = 1_000_000;

    /// <summary>Whether sign-in policies are enabled in this provider.</summary>
    public bool Policies { get; init; }

    public string? Json { get; init; }
    public string? Into { get; init; }

    /// <summary>The published programs; bench.sh says where they are.</summary>
    public string? Published { get; init; }

    /// <summary>The processor that the measured server has for itself; bench.sh starts this program on another one.</summary>
    public int ServerCore { get; init; }

    public bool Includes(string subject) => Only.Count == 0 ? subject != Subjects.Large : Only.Contains(subject);

    /// <summary>Null when the command line is not understood.</summary>
    public static LoadOptions? Parse(string[] args)
    {
        var options = new LoadOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (args[i] switch { "--storm" => options with { Storm = true }, "--enumeration" => options with { Enumeration = true }, "--policies" => options with { Policies = true }, _ => null } is { } switched)
            {
                options = switched;
                i--;
                continue;
            }
            if (args.ElementAtOrDefault(i + 1) is not { Length: > 0 } value) return null;
            var number = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : -1;
            var next = (args[i], number) switch
            {
                ("--seconds", > 0 and <= 600) => options with { Seconds = number },
                ("--rounds", > 0 and <= 100) => options with { Rounds = number },
                ("--warmup", >= 0 and <= 600) => options with { WarmUp = number },
                ("--connections", > 0 and <= 256) => options with { Connections = number },
                ("--users", >= 20 and <= 9999) => options with { Users = number },
                ("--soak", > 0 and <= 50) => options with { Soak = number },
                ("--cleanup", > 0 and <= 600) => options with { CleanUp = number },
                ("--people", >= 10_000 and <= 10_000_000) => options with { People = number },
                ("--server-core", >= 0) => options with { ServerCore = number },
                ("--database", -1) when Enum.TryParse<DatabaseKind>(value, ignoreCase: true, out var database) => options with { Database = database },
                ("--only", _) when value.Split(',') is var names && names.All(Subjects.Names.Contains) => options with { Only = names },
                ("--scenario", _) when value.Split(',') is var names && names.All(name => Scenario.All.Any(s => s.Name == name)) => options with { Scenarios = names },
                ("--json", _) => options with { Json = Path.GetFullPath(value) },
                ("--into", _) => options with { Into = Path.GetFullPath(value) },
                ("--published", _) => options with { Published = Path.GetFullPath(value) },
                _ => null,
            };
            if (next is null) return null;
            options = next;
        }
        return options;
    }
}
