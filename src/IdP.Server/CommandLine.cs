using System.Globalization;
using System.Net.Sockets;
using IdP.Audit;
using IdP.Configuration;
using IdP.Credentials.Passwords.Known;
using IdP.Data;
using IdP.Hosting;
using IdP.Keys;
using Microsoft.Extensions.Options;

namespace IdP.Server;

/// <summary>The verbs of the program. Exit codes: 0 done, 1 refused or failed with a sentence on standard error, 2 wrong usage.</summary>
public static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            return args switch
            {
                _ when args.Any(argument => argument is "--help" or "-h" or "help") => Usage(Console.Out, 0),
                [] or ["serve", ..] or [['-', '-', ..], ..] => await ServeAsync(args is ["serve", .. var rest] ? rest : args),
                ["migrate", .. var rest] => await MigrateAsync(rest),
                ["apply", [not '-', ..] file] => await ApplyAsync(file, planOnly: false),
                ["apply", [not '-', ..] file, "--plan"] => await ApplyAsync(file, planOnly: true),
                ["apply", "--plan", [not '-', ..] file] => await ApplyAsync(file, planOnly: true),
                ["audit", "verify"] => await AuditAsync((command, ct) => command.VerifyAsync(Console.Out, Console.Error, ct)),
                ["audit", "key"] => await AuditAsync((command, ct) => command.KeyAsync(Console.Out, Console.Error, ct)),
                ["healthcheck"] => await HealthCheckAsync(),
                ["passwords", "convert", [not '-', ..] from, [not '-', ..] to] => await PasswordListCommand.ConvertAsync(from, to, minCount: 1, Console.Out, Console.Error),
                ["passwords", "convert", [not '-', ..] from, [not '-', ..] to, "--min-count", var count] when int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var minCount) && minCount > 0 =>
                    await PasswordListCommand.ConvertAsync(from, to, minCount, Console.Out, Console.Error),
                ["passwords", "generate", [not '-', ..] to] => await PasswordListCommand.GenerateAsync(to, Console.Out),
                _ => Usage(Console.Error, 2),
            };
        }
        catch (StartupException exception)
        {
            return await FailAsync(exception.Message);
        }
        catch (OptionsValidationException exception)
        {
            return await FailAsync(string.Join(" ", exception.Failures.Select(Sentence)));
        }
        catch (AggregateException exception) when (exception.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return await FailAsync(string.Join(" ", exception.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures).Select(Sentence)));
        }
        catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException or SocketException)
        {
            return await FailAsync($"{exception.Message.TrimEnd('.')}: another program uses this address. Stop it, or set ASPNETCORE_URLS to another one.");
        }
        // What the configuration binder says when a value has the wrong form.
        catch (InvalidOperationException exception) when (exception.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal))
        {
            return await FailAsync(exception.Message.Split('\n')[0]);
        }
        catch (SocketException exception)
        {
            return await FailAsync($"The server cannot listen: {exception.Message}. Set ASPNETCORE_URLS to an address of this machine.");
        }
    }

    /// <summary>What the framework puts around our sentence helps nobody who sets a key.</summary>
    private static string Sentence(string failure)
    {
        const string Mark = "with the error: '";
        var at = failure.LastIndexOf(Mark, StringComparison.Ordinal);
        return at < 0 ? failure : failure[(at + Mark.Length)..].TrimEnd('\'', '.') + ".";
    }

    private static async Task<int> ServeAsync(string[] args)
    {
        await using var app = IdpHost.Build(args);
        await IdpHost.StartAsync(app);
        await Console.Out.WriteLineAsync($"  Ready: {string.Join(", ", app.Urls)}  (issuer {app.Configuration["Issuer"]})");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task<int> MigrateAsync(string[] args)
    {
        await using var app = IdpHost.Build(args);
        await using var scope = app.Services.CreateAsyncScope();
        var schema = scope.ServiceProvider.GetRequiredService<Schema>();
        try
        {
            var missing = await schema.MissingAsync(CancellationToken.None);
            await schema.MigrateAsync(CancellationToken.None);
            await Console.Out.WriteLineAsync(missing.Count == 0 ? "The schema is up to date." : $"Applied {missing.Count} migration(s), the last is {missing[^1]}.");
            return 0;
        }
        catch (System.Data.Common.DbException exception)
        {
            throw new StartupException($"The database of ConnectionStrings:IdP cannot be used: {exception.Message.Split('\n')[0]}", exception);
        }
    }

    private static Task<int> ApplyAsync(string file, bool planOnly) => OnDatabaseAsync(async services =>
    {
        var keys = services.GetRequiredService<KeyRingCheck>();
        await (planOnly ? keys.RunAsync(CancellationToken.None) : keys.PrepareAsync(CancellationToken.None));
        return await services.GetRequiredService<ApplyCommand>().RunAsync(file, planOnly, Console.Out, Console.Error, CancellationToken.None);
    });

    private static Task<int> AuditAsync(Func<AuditCommand, CancellationToken, Task<int>> run) => OnDatabaseAsync(async services =>
    {
        await services.GetRequiredService<KeyRingCheck>().RunAsync(CancellationToken.None);
        return await run(services.GetRequiredService<AuditCommand>(), CancellationToken.None);
    });

    private static async Task<int> OnDatabaseAsync(Func<IServiceProvider, Task<int>> run)
    {
        await using var app = IdpHost.Build([]);
        await using var scope = app.Services.CreateAsyncScope();
        try
        {
            if (await scope.ServiceProvider.GetRequiredService<Schema>().MissingAsync(CancellationToken.None) is { Count: > 0 } missing)
                throw new StartupException($"The database schema lacks {missing.Count} migration(s): run 'IdP.Server migrate'.");
            return await run(scope.ServiceProvider);
        }
        catch (System.Data.Common.DbException exception)
        {
            throw new StartupException($"The database of ConnectionStrings:IdP cannot be used: {exception.Message.Split('\n')[0]}", exception);
        }
    }

    /// <summary>For container health checks: asks the server on this machine whether it is ready.</summary>
    private static async Task<int> HealthCheckAsync()
    {
        var urls = Environment.GetEnvironmentVariable("ASPNETCORE_URLS") ?? "http://localhost:8080";
        var url = new Uri(urls.Split(';')[0].Replace("+", "localhost", StringComparison.Ordinal).Replace("*", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal));
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await client.GetAsync(new Uri(url, "/health/ready"));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (HttpRequestException)
        {
            return 1;
        }
    }

    private static int Usage(TextWriter output, int exitCode)
    {
        output.WriteLine("Usage: IdP.Server [serve] | migrate | apply FILE.json [--plan] | passwords convert LIST FILE [--min-count N] | audit verify | audit key | healthcheck");
        return exitCode;
    }

    private static async Task<int> FailAsync(string sentence)
    {
        await Console.Error.WriteLineAsync("error: " + sentence);
        return 1;
    }
}
