using System.Data.Common;
using IdP.PersonalData;
using IdP.Protocol.Changes;
using IdP.Protocol.Logout;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdP.Data;

public static class DataModule
{
    public static IServiceCollection AddData(this IServiceCollection services)
    {
        services.AddOptions<DatabaseOptions>().BindConfiguration("Database").ValidateDataAnnotations().ValidateOnStart();
        services.AddDbContextPool<IdpDbContext>((provider, options) =>
        {
            var connection = provider.GetRequiredService<IConfiguration>().GetConnectionString("IdP")
                ?? throw new InvalidOperationException("ConnectionStrings:IdP is not set.");
            // Whoever handles the exception says what happened; said by EF Core as well, an expected failure would look like one of ours.
            options.ConfigureWarnings(warnings => warnings.Log((RelationalEventId.ConnectionError, LogLevel.Debug), (RelationalEventId.CommandError, LogLevel.Debug)));
            options.UseDatabase(provider.GetRequiredService<IOptions<DatabaseOptions>>().Value.Provider, connection).AddInterceptors(provider.GetRequiredService<ChangeAnnouncer>(), provider.GetRequiredService<LogoutWakeup>(), provider.GetRequiredService<SealPersonalParts>());
        });
        services.AddScoped<DbContext>(provider => provider.GetRequiredService<IdpDbContext>());
        return services;
    }

    /// <summary>Chooses the provider and its migrations; the design-time factories of both migrations projects go through here too.</summary>
    public static DbContextOptionsBuilder UseDatabase(this DbContextOptionsBuilder options, DatabaseProvider provider, string connection) => provider switch
    {
        DatabaseProvider.Sqlite => options.UseSqlite(connection, sqlite => sqlite.MigrationsAssembly("IdP.Migrations.Sqlite"))
            .AddInterceptors(SqlitePragmas.Instance),
        DatabaseProvider.PostgreSql => options.UseNpgsql(Prepared(connection), npgsql => npgsql.MigrationsAssembly("IdP.Migrations.PostgreSql")),
        _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, "Unknown database provider."),
    };

    /// <summary>
    /// Statements that come again and again are planned once for each connection. Behind a pooler that gives each transaction another connection and cannot prepare, the operator
    /// says <c>Max Auto Prepare=0</c>. And a connection goes back to the pool as it is: nothing here leaves anything in a session (no settings, temporary tables or session locks),
    /// so its clean-up, which would be done for each request, is for nothing.
    /// </summary>
    private static string Prepared(string connection)
    {
        var named = new DbConnectionStringBuilder { ConnectionString = connection }; // Npgsql's own knows every keyword, whether or not the string has it
        bool Has(string keyword) => named.ContainsKey(keyword) || named.ContainsKey(keyword.Replace(" ", "", StringComparison.Ordinal));
        var builder = new NpgsqlConnectionStringBuilder(connection);
        if (!Has("Max Auto Prepare")) builder.MaxAutoPrepare = 100;
        if (!Has("No Reset On Close")) builder.NoResetOnClose = true;
        return builder.ConnectionString;
    }
}
