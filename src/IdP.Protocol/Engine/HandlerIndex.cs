using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Engine;

/// <summary>
/// The engine's handlers by the context they take, in their order, each singleton resolved once. The engine's own dispatcher walks the whole list (some four
/// hundred) for each of the two dozen events of a request and asks the container for every handler and filter: that was a third of what a token cost.
/// </summary>
internal sealed class HandlerIndex(IServiceCollection registrations, IServiceProvider root, IOptionsMonitor<OpenIddictServerOptions> options)
{
    private readonly Lock _building = new();
    private Snapshot? _current;

    public HandlerStep<TContext>[] Of<TContext>() where TContext : BaseContext
    {
        var settings = options.CurrentValue;
        var current = Volatile.Read(ref _current);
        if (current?.Options != settings) current = Renew(settings);
        return current.Steps.TryGetValue(typeof(TContext), out var steps) ? (HandlerStep<TContext>[])steps : Build<TContext>(current);
    }

    private Snapshot Renew(OpenIddictServerOptions settings)
    {
        lock (_building)
        {
            if (_current?.Options != settings) _current = new Snapshot(settings, new());
            return _current;
        }
    }

    private HandlerStep<TContext>[] Build<TContext>(Snapshot snapshot) where TContext : BaseContext
    {
        // The engine has sorted the list when it made the options.
        HandlerStep<TContext>[] steps = [.. snapshot.Options.Handlers.Where(handler => handler.ContextType == typeof(TContext)).Select(Step<TContext>)];
        return (HandlerStep<TContext>[])snapshot.Steps.GetOrAdd(typeof(TContext), steps);
    }

    private HandlerStep<TContext> Step<TContext>(OpenIddictServerHandlerDescriptor handler) where TContext : BaseContext => new(
        handler.ServiceDescriptor.ServiceType,
        (IOpenIddictServerHandler<TContext>?)(handler.ServiceDescriptor.ImplementationInstance ?? Singleton(handler.ServiceDescriptor.ServiceType)),
        [.. handler.FilterTypes],
        handler.FilterTypes.Select(Singleton).ToArray() is var filters && Array.TrueForAll(filters, filter => filter is not null) ? [.. filters.Cast<IOpenIddictServerHandlerFilter<TContext>>()] : null);

    private object? Singleton(Type service) => registrations.LastOrDefault(r => r.ServiceType == service && !r.IsKeyedService) is { Lifetime: ServiceLifetime.Singleton } ? root.GetRequiredService(service) : null;

    private sealed record Snapshot(OpenIddictServerOptions Options, ConcurrentDictionary<Type, object> Steps);
}

/// <summary>One handler of an event.</summary>
/// <param name="Service">How the container knows it.</param>
/// <param name="Singleton">The handler, where one instance serves all requests; otherwise null.</param>
/// <param name="FilterTypes">What decides whether it takes part.</param>
/// <param name="Filters">The same as instances, where all are singletons; otherwise null.</param>
internal sealed record HandlerStep<TContext>(Type Service, IOpenIddictServerHandler<TContext>? Singleton, Type[] FilterTypes, IOpenIddictServerHandlerFilter<TContext>[]? Filters) where TContext : BaseContext;
