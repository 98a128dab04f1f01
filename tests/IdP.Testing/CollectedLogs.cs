using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IdP.Testing;

/// <summary>Everything the server logged, so that a test can say what must be there and what must not.</summary>
public sealed class CollectedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<LogEntry> entries = new();

    public IReadOnlyList<LogEntry> Entries => [.. entries];

    /// <summary>Errors since the last call; a fixture asks after each test.</summary>
    public IReadOnlyList<LogEntry> TakeErrors() => [.. entries.Where(entry => entry.Level >= LogLevel.Error && entry.Take())];

    public bool Contain(string text) => entries.Any(entry => entry.ToString().Contains(text, StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => new Collector(categoryName, entries);

    public void Dispose()
    {
        // The entries are read after the server has stopped.
    }

    private sealed class Collector(string category, ConcurrentQueue<LogEntry> entries) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            entries.Enqueue(new LogEntry(logLevel, category, eventId, formatter(state, exception), exception));
    }
}

public sealed record LogEntry(LogLevel Level, string Category, EventId Event, string Message, Exception? Exception)
{
    private int taken;

    public override string ToString() => $"{Level} {Category}[{Event.Id}] {Message}{(Exception is null ? "" : Environment.NewLine + Exception)}";

    internal bool Take() => Interlocked.Exchange(ref taken, 1) == 0;
}
