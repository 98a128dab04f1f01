using System.Collections.Frozen;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Engine;

/// <summary>
/// Which endpoint a request is for, by one look-up of its path. The engine makes an absolute address of every endpoint it knows for each request that comes, those for pages
/// too, and compares them one by one. As there, case does not matter and a slash may follow.
/// </summary>
internal sealed class InferEndpoint : IOpenIddictServerHandler<ProcessRequestContext>
{
    private Table? _table;

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessRequestContext>()
        .UseSingletonHandler<InferEndpoint>().SetOrder(InferEndpointType.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        if (context.BaseUri is not { IsAbsoluteUri: true } || context.RequestUri is not { IsAbsoluteUri: true }) return default;

        var table = Volatile.Read(ref _table);
        if (table?.Options != context.Options) _table = table = Table.Of(context.Options);
        var path = context.RequestUri.AbsolutePath.AsSpan();
        var root = context.BaseUri.AbsolutePath.AsSpan().TrimEnd('/');
        if (!path.StartsWith(root, StringComparison.OrdinalIgnoreCase)) return default;

        path = path[root.Length..];
        if (path.EndsWith('/')) path = path[..^1];
        context.EndpointType = path.StartsWith('/') && table.Paths.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path[1..], out var endpoint) ? endpoint : OpenIddictServerEndpointType.Unknown;
        return default;
    }

    private sealed record Table(OpenIddictServerOptions Options, FrozenDictionary<string, OpenIddictServerEndpointType> Paths)
    {
        public static Table Of(OpenIddictServerOptions options) => new(options, new (List<Uri> Addresses, OpenIddictServerEndpointType Endpoint)[]
        {
            (options.AuthorizationEndpointUris, OpenIddictServerEndpointType.Authorization), (options.ConfigurationEndpointUris, OpenIddictServerEndpointType.Configuration),
            (options.DeviceAuthorizationEndpointUris, OpenIddictServerEndpointType.DeviceAuthorization), (options.EndSessionEndpointUris, OpenIddictServerEndpointType.EndSession),
            (options.EndUserVerificationEndpointUris, OpenIddictServerEndpointType.EndUserVerification), (options.IntrospectionEndpointUris, OpenIddictServerEndpointType.Introspection),
            (options.JsonWebKeySetEndpointUris, OpenIddictServerEndpointType.JsonWebKeySet), (options.PushedAuthorizationEndpointUris, OpenIddictServerEndpointType.PushedAuthorization),
            (options.RevocationEndpointUris, OpenIddictServerEndpointType.Revocation), (options.TokenEndpointUris, OpenIddictServerEndpointType.Token), (options.UserInfoEndpointUris, OpenIddictServerEndpointType.UserInfo),
        }.SelectMany(list => list.Addresses, (list, address) => (Path: PathOf(address), list.Endpoint)).DistinctBy(pair => pair.Path).ToFrozenDictionary(pair => pair.Path, pair => pair.Endpoint, StringComparer.OrdinalIgnoreCase));

        private static string PathOf(Uri address) => address.IsAbsoluteUri ? throw new InvalidOperationException($"The endpoint {address} is not below the issuer.") : address.OriginalString.Trim('/');
    }
}
