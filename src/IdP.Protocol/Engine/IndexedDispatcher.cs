using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Engine;

/// <summary>Runs the handlers of an event until one of them has answered, skipped or rejected, as the engine's own dispatcher does, but by <see cref="HandlerIndex"/>.</summary>
internal sealed partial class IndexedDispatcher(HandlerIndex index, IServiceProvider services, ILogger<IndexedDispatcher> logger) : IOpenIddictServerDispatcher
{
    public async ValueTask DispatchAsync<TContext>(TContext context) where TContext : BaseContext
    {
        ArgumentNullException.ThrowIfNull(context);
        var request = context as BaseRequestContext;
        var validating = context as BaseValidatingContext;
        foreach (var step in index.Of<TContext>())
        {
            if (!await IsActiveAsync(step, context)) continue;

            var handler = step.Singleton ?? (IOpenIddictServerHandler<TContext>)services.GetRequiredService(step.Service);
            await handler.HandleAsync(context);
            if (logger.IsEnabled(LogLevel.Trace)) LogHandled(typeof(TContext).Name, step.Service.Name);
            if (request is { IsRequestHandled: true } or { IsRequestSkipped: true } || validating is { IsRejected: true }) return;
        }
    }

    private ValueTask<bool> IsActiveAsync<TContext>(HandlerStep<TContext> step, TContext context) where TContext : BaseContext
    {
        if (step.FilterTypes.Length == 0) return new(true);
        for (var i = 0; i < step.FilterTypes.Length; i++)
        {
            var answer = FilterOf(step, i).IsActiveAsync(context);
            if (!answer.IsCompletedSuccessfully) return FinishAsync(answer, step, i, context);
            if (!answer.Result) return new(false);
        }
        return new(true);
    }

    /// <summary>A filter that had to wait, and those after it.</summary>
    private async ValueTask<bool> FinishAsync<TContext>(ValueTask<bool> pending, HandlerStep<TContext> step, int at, TContext context) where TContext : BaseContext
    {
        if (!await pending) return false;
        for (var i = at + 1; i < step.FilterTypes.Length; i++)
            if (!await FilterOf(step, i).IsActiveAsync(context)) return false;
        return true;
    }

    private IOpenIddictServerHandlerFilter<TContext> FilterOf<TContext>(HandlerStep<TContext> step, int i) where TContext : BaseContext =>
        step.Filters?[i] ?? (IOpenIddictServerHandlerFilter<TContext>)services.GetRequiredService(step.FilterTypes[i]);

    [LoggerMessage(Level = LogLevel.Trace, Message = "{Event} was handled by {Handler}.")]
    private partial void LogHandled(string @event, string handler);
}
