using IdP.Data;
using IdP.Protocol.Changes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdP.Nodes;

/// <summary>
/// Hears what other nodes change, over one connection of its own: those of the pool are never reset, and one that listens must not be lent to a request. While it is broken, signals are
/// lost; so this node believes its memory for seconds only, and forgets all of it when it listens again.
/// </summary>
internal sealed class ChangeListener(IConfiguration configuration, IOptions<DatabaseOptions> options, PostgreSqlSignal signal, ChangeFollower follower, TimeProvider clock, ILogger<ChangeListener> logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250), LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Seconds after which a silent connection is tried: within twice that a broken network is noticed.</summary>
    private const int KeepAlive = 5;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value is not { Provider: DatabaseProvider.PostgreSql, Listen: true }) return;
        var (pause, warned) = (FirstPause, false);
        while (!stoppingToken.IsCancellationRequested)
        {
            var since = 0L;
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString());
                await StartAsync(connection, stoppingToken);
                since = clock.GetTimestamp();
                if (warned) Log.ListensAgain(logger);
                warned = false;
                while (true) await connection.WaitAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                follower.Lost();
                if (!warned) Log.DoesNotListen(logger, exception); // once, however many attempts follow
                warned = true;
            }

            // Only a connection that held for a while lets the next attempts be quick again.
            if (since != 0 && clock.GetElapsedTime(since) > LongestPause) pause = FirstPause;
            await Task.Delay(pause, clock, stoppingToken);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    private async Task StartAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await connection.OpenAsync(ct);
        await using (var who = new NpgsqlCommand("SELECT pg_backend_pid()", connection))
            if (await who.ExecuteScalarAsync(ct) is not int process || process != connection.ProcessID)
                throw new InvalidOperationException("A pooler stands between this server and PostgreSQL, and may give each transaction another connection: ConnectionStrings:IdPListen must lead to PostgreSQL itself.");

        connection.Notification += (_, message) => follower.Heard(signal.Read(message.Payload));
        await using (var listen = new NpgsqlCommand("LISTEN " + PostgreSqlSignal.Channel, connection)) await listen.ExecuteNonQueryAsync(ct);
        follower.Listening();
    }

    private string ConnectionString()
    {
        var own = configuration.GetConnectionString("IdPListen");
        var builder = new NpgsqlConnectionStringBuilder(string.IsNullOrEmpty(own) ? configuration.GetConnectionString("IdP") : own)
        {
            Pooling = false,
            Multiplexing = false,
            Enlist = false,
            KeepAlive = KeepAlive,
            CommandTimeout = 2 * KeepAlive,
        };
        builder.ApplicationName = $"{builder.ApplicationName ?? "IdP"} listener"; // who looks at pg_stat_activity sees what it is
        return builder.ConnectionString;
    }
}

internal static partial class Log
{
    [LoggerMessage(6501, LogLevel.Warning, "This node does not hear of changes on other nodes: until it does, it reads clients and resources again every few seconds, and keys every minute")]
    public static partial void DoesNotListen(ILogger logger, Exception exception);

    [LoggerMessage(6502, LogLevel.Information, "This node hears of changes on other nodes again")]
    public static partial void ListensAgain(ILogger logger);
}
