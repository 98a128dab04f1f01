using System.Collections.Concurrent;
using System.Data.Common;

namespace IdP.Testing;

/// <summary>What the database was asked on behalf of the requests a test sent inside one <see cref="ServerUnderTest.RecordSqlAsync"/>.</summary>
public sealed class SqlRecording
{
    private static readonly AsyncLocal<SqlRecording?> Running = new();

    private readonly ConcurrentQueue<SqlStatement> statements = new();
    private int requestsInside;

    internal static SqlRecording? Current
    {
        get => Running.Value;
        set => Running.Value = value;
    }

    internal string Id { get; } = Guid.NewGuid().ToString("N");

    public IReadOnlyList<SqlStatement> Statements => [.. statements];

    /// <summary>The texts, for the message of an assertion.</summary>
    public override string ToString() =>
        string.Join(Environment.NewLine, Statements.Select((statement, index) => $"{index + 1}. [{statement.Request}] {statement.Text}"));

    internal void Add(SqlStatement statement) => statements.Enqueue(statement);

    internal void Enter() => Interlocked.Increment(ref requestsInside);

    internal void Leave() => Interlocked.Decrement(ref requestsInside);

    /// <summary>A client has its answer before the server has left the request; what runs in between counts too.</summary>
    internal async Task SettleAsync()
    {
        for (var waits = 0; Volatile.Read(ref requestsInside) > 0; waits++)
        {
            if (waits == 500) throw new TimeoutException("A recorded request has not left the server after 10 s.");
            await Task.Delay(20);
        }
    }
}

/// <param name="Request">Method and path of the request that caused it.</param>
/// <param name="Parameters">Copies, so that the statement can be explained later.</param>
public sealed record SqlStatement(string Request, string Text, IReadOnlyList<DbParameter> Parameters);
