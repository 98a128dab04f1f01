using System.Data.Common;
using System.Globalization;
using IdP.Protocol.Changes;
using Npgsql;

namespace IdP.Nodes;

/// <summary>
/// NOTIFY: PostgreSQL itself delivers it to every connection that listens, after the commit and only then. On SQLite there is nobody to tell.
/// A message is <c>PARTS SENDER</c>; anything else means that anything may have changed.
/// </summary>
internal sealed class PostgreSqlSignal : IChangeSignal
{
    public const string Channel = "idp_changes";

    /// <summary>One for each node: what it has changed itself it has forgotten already when its own signal arrives.</summary>
    private readonly string _sender = Guid.NewGuid().ToString("N");

    public async Task SendAsync(DbTransaction transaction, ChangedParts parts, CancellationToken ct)
    {
        if (Command(transaction, parts) is not { } command) return;
        await using (command) await command.ExecuteNonQueryAsync(ct);
    }

    public void Send(DbTransaction transaction, ChangedParts parts)
    {
        if (Command(transaction, parts) is not { } command) return;
        using (command) command.ExecuteNonQuery();
    }

    /// <summary>What a message says has changed for this node.</summary>
    public ChangedParts Read(string message)
    {
        var space = message.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || !int.TryParse(message.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var parts) || (parts & ~(int)ChangedParts.All) != 0) return ChangedParts.All;
        return message.AsSpan(space + 1).SequenceEqual(_sender) ? ChangedParts.None : (ChangedParts)parts;
    }

    private NpgsqlCommand? Command(DbTransaction transaction, ChangedParts parts)
    {
        if (transaction is not NpgsqlTransaction { Connection: { } connection } npgsql) return null;
        var command = new NpgsqlCommand("SELECT pg_notify($1, $2)", connection, npgsql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Channel });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = string.Create(CultureInfo.InvariantCulture, $"{(int)parts} {_sender}") });
        return command;
    }
}
