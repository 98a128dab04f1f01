using System.Data.Common;
using IdP.Data;
using IdP.Keys;
using IdP.Protocol;
using IdP.Protocol.Keys;
using IdP.Protocol.Profiles;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace IdP.Hosting;

/// <summary>Everything that must be right before the first request, each failure as one sentence.</summary>
public sealed class StartupChecks(IdpDbContext db, Schema schema, KeyRingCheck keyRing, KeyRotation keys, ProfileFloor profiles, IConfiguration configuration, IOptions<DatabaseOptions> database, IOptions<KeyProtectionOptions> protection, TimeProvider clock)
{
    /// <summary>No working clock shows a time before this build was made.</summary>
    private static readonly DateTimeOffset BuiltAfter = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    public async Task RunAsync(CancellationToken ct)
    {
        CheckIssuer();
        _ = protection.Value; // throws with the key's name
        if (clock.GetUtcNow() < BuiltAfter) throw new StartupException($"The clock of this machine shows {clock.GetUtcNow():u}, which is in the past: set the system time.");

        await CheckDatabaseAsync(ct);
        await keyRing.PrepareAsync(ct);
        try
        {
            await keys.EnsureAsync(ct);
        }
        catch (KeyUnreadableException exception)
        {
            throw new StartupException(exception.Message, exception);
        }
        if (profiles.Unenforced() is { Count: > 0 } unenforced) throw new StartupException($"This build is not sound: nothing enforces {string.Join(", ", unenforced)}. Install another one.");
    }

    private void CheckIssuer()
    {
        var issuer = configuration["Issuer"];
        if (string.IsNullOrWhiteSpace(issuer)) throw new StartupException("Issuer is not set: give the public address of this provider, such as https://id.example.com.");
        if (!AbsoluteUri.TryParse(issuer, out var uri) || uri.Scheme is not ("https" or "http") || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw new StartupException("Issuer is not a valid address: it must be https, without query or fragment.");
        if (uri.Scheme == "http" && !uri.IsLoopback) throw new StartupException("Issuer must be https: plain http is accepted for localhost only.");
    }

    private async Task CheckDatabaseAsync(CancellationToken ct)
    {
        try
        {
            EnsureSqliteFolder();
            if (!database.Value.MigrateAtStart && database.Value.Provider is DatabaseProvider.PostgreSql && !await db.Database.CanConnectAsync(ct)) await db.Database.OpenConnectionAsync(ct);
            var missing = await schema.MissingAsync(ct);
            // A database that lacks nothing is spared the migrator, which compares the whole model with its snapshot and waits for a lock first.
            if (missing.Count > 0 && database.Value.MigrateAtStart)
            {
                await schema.MigrateAsync(ct);
                missing = await schema.MissingAsync(ct);
            }
            if (missing.Count > 0)
                throw new StartupException($"The database schema lacks {missing.Count} migration(s), the first is {missing[0]}: run 'IdP.Server migrate' (or set Database:MigrateAtStart).");

            var newest = await db.SigningKeys.MaxAsync(k => (DateTimeOffset?)k.CreatedAt, ct);
            if (newest > clock.GetUtcNow() + ClockTolerance)
                throw new StartupException($"The clock of this machine shows {clock.GetUtcNow():u}, but the database has a key of {newest:u}: set the system time.");
        }
        catch (Exception exception) when (exception is DbException or InvalidOperationException { InnerException: DbException } or IOException or UnauthorizedAccessException or ArgumentException)
        {
            var reason = (exception as InvalidOperationException)?.InnerException ?? exception;
            throw new StartupException($"The database of ConnectionStrings:IdP ({database.Value.Provider}) cannot be used: {Reason(reason)}", exception);
        }
    }

    private void EnsureSqliteFolder()
    {
        if (database.Value.Provider is not DatabaseProvider.Sqlite) return;
        var file = new SqliteConnectionStringBuilder(configuration.GetConnectionString("IdP")).DataSource;
        if (file is ":memory:" or "") throw new StartupException("ConnectionStrings:IdP needs a file (Data Source=…): an in-memory database forgets everybody.");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
    }

    /// <summary>Drivers explain themselves in several lines; the first says what is wrong and holds no password.</summary>
    private static string Reason(Exception exception) => exception.Message.Split('\n', 2)[0].TrimEnd('.', ' ', '\r') + ".";
}
