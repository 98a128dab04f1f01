using System.Data.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace IdP.Testing;

/// <summary>
/// Attributes each statement to the recording whose request caused it. One command may carry several statements (a batch): each counts.
/// </summary>
internal sealed class SqlRecorder : DbCommandInterceptor, IStartupFilter
{
    public const string Header = "Test-Sql-Recording";

    private static readonly AsyncLocal<(SqlRecording Recording, string Request)?> Request = new();

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, SqlRecording> recordings = new();

    public async Task<SqlRecording> RecordAsync(Func<Task> act)
    {
        var recording = new SqlRecording();
        recordings[recording.Id] = recording;
        SqlRecording.Current = recording;
        try
        {
            await act();
            await recording.SettleAsync();
            return recording;
        }
        finally
        {
            SqlRecording.Current = null;
            recordings.TryRemove(recording.Id, out _);
        }
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, proceed) =>
        {
            if (!recordings.TryGetValue(context.Request.Headers[Header].ToString(), out var recording))
            {
                await proceed(context);
                return;
            }

            Request.Value = (recording, $"{context.Request.Method} {context.Request.Path}");
            recording.Enter();
            try
            {
                await proceed(context);
            }
            finally
            {
                recording.Leave();
            }
        });
        next(app);
    };

    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        Record(command);
        return result;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Record(command);
        return ValueTask.FromResult(result);
    }

    public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result)
    {
        Record(command);
        return result;
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Record(command);
        return ValueTask.FromResult(result);
    }

    public override InterceptionResult<object> ScalarExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<object> result)
    {
        Record(command);
        return result;
    }

    public override ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default)
    {
        Record(command);
        return ValueTask.FromResult(result);
    }

    private static void Record(DbCommand command)
    {
        if (Request.Value is not { } cause) return;
        DbParameter[] parameters = [.. command.Parameters.Cast<DbParameter>().Select(parameter => Copy(command, parameter))];
        foreach (var text in command.CommandText.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            cause.Recording.Add(new SqlStatement(cause.Request, text.TrimEnd(';'), parameters));
    }

    internal static DbParameter Copy(DbCommand command, DbParameter parameter)
    {
        if (parameter is ICloneable cloneable) return (DbParameter)cloneable.Clone();
        var copy = command.CreateParameter();
        copy.ParameterName = parameter.ParameterName;
        copy.Value = parameter.Value;
        return copy;
    }
}
