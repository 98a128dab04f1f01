using System.Runtime.InteropServices;
using Load;

if (LoadOptions.Parse(args) is not { } options)
{
    await Console.Error.WriteLineAsync(LoadOptions.Usage);
    return 2;
}

var folder = Directory.CreateTempSubdirectory("idp-bench-").FullName;
AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
// A signal alone ends a .NET process without that event; the servers end with this process in any case.
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(143));
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Environment.Exit(130));
List<Subject> subjects = [];
try
{
    var onPostgreSql = options.Soak > 0 || options.CleanUp > 0 || (options.Includes("provider") && options.Database is null or DatabaseKind.PostgreSql);
    var usesPostgreSql = onPostgreSql || (!options.Storm && !options.Enumeration && (options.Includes("sample") || options.Includes(Subjects.Large)));
    var cluster = usesPostgreSql ? await PostgreSqlCluster.StartDurableAsync(SqlCounter.ServerSettings) : null;
    var counter = cluster is null ? null : new SqlCounter(cluster);
    if (counter is not null) await counter.InstallAsync();

    if (options.Storm)
    {
        List<Storm> storms = [];
        foreach (var kind in Enum.GetValues<DatabaseKind>().Where(kind => options.Database is null || options.Database == kind))
        {
            await using var subject = await new Subjects(options, folder, cluster).StartProviderAsync(kind);
            storms.Add(await Storm.MeasureAsync(subject));
        }
        await Console.Out.WriteLineAsync(Report.Markdown(storms, await Machine.DescribeAsync(options, usesPostgreSql)));
        return 0;
    }

    if (options.Enumeration)
    {
        foreach (var kind in Enum.GetValues<DatabaseKind>().Where(kind => options.Database is null || options.Database == kind))
        {
            await using var subject = await new Subjects(options, folder, cluster).StartProviderAsync(kind, more: Enumeration.Settings);
            await Console.Out.WriteLineAsync($"{subject.Name}\n\n{Enumeration.Markdown(await Enumeration.MeasureAsync(subject, options.Users), await Machine.DescribeAsync(options, usesPostgreSql))}");
        }
        return 0;
    }

    if (options.Soak > 0)
    {
        var socket = Path.Combine(folder, "heap");
        await using var subject = await new Subjects(options, folder, cluster).StartProviderAsync(DatabaseKind.PostgreSql, more: HeapProbe.Environment(socket));
        var soak = await Soak.MeasureAsync(subject, cluster!, socket, options.Soak); // started above
        await Console.Out.WriteLineAsync(SoakReport.Markdown(soak, await Machine.DescribeAsync(options, usesPostgreSql)));
        return 0;
    }

    if (options.CleanUp > 0)
    {
        var more = new Dictionary<string, string> { ["CleanUp__Interval"] = CleanUp.Interval.ToString() };
        await using var subject = await new Subjects(options, folder, cluster).StartProviderAsync(DatabaseKind.PostgreSql, large: true, more, isExpired: true);
        var cleanUp = await CleanUp.MeasureAsync(subject, cluster!, TimeSpan.FromMinutes(options.CleanUp)); // started above
        await Console.Out.WriteLineAsync(CleanUpReport.Markdown(cleanUp, await Machine.DescribeAsync(options, usesPostgreSql)));
        return 0;
    }

    var limits = options.Includes("bare") ? await Limits.MeasureAsync(options) : null;
    var start = new Subjects(options, folder, cluster);
    if (onPostgreSql) subjects.Add(await start.StartProviderAsync(DatabaseKind.PostgreSql));
    if (options.Includes(Subjects.Large)) subjects.Add(await start.StartProviderAsync(DatabaseKind.PostgreSql, large: true));
    if (options.Includes("provider") && options.Database is null or DatabaseKind.Sqlite) subjects.Add(await start.StartProviderAsync(DatabaseKind.Sqlite));
    if (options.Includes("oidc-provider")) subjects.Add(await start.StartOidcProviderAsync());
    if (options.Includes("sample")) subjects.Add(await start.StartSampleAsync());
    if (options.Includes("bare") && subjects.FirstOrDefault() is { } like) subjects.Add(await start.StartBareAsync(like));

    var runner = new Runner(options, subjects, cluster, counter);
    var cells = await runner.RunAsync();
    var report = new Report(options, subjects, cells, runner.Measurements, limits, await Machine.DescribeAsync(options, usesPostgreSql));
    await Console.Out.WriteLineAsync(report.Markdown());
    if (options.Json is { } json) await File.WriteAllTextAsync(json, report.Json());
    if (options.Into is { } document) await File.WriteAllTextAsync(document, Report.Insert(await File.ReadAllTextAsync(document), report.Markdown()));
    return 0;
}
finally
{
    foreach (var subject in subjects) await subject.DisposeAsync();
}
