using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using IdP.Protocol.Clients;
using IdP.Protocol.Resources;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;

namespace IdP.Protocol.Storage;

/// <summary>
/// Shows our <see cref="Client"/> to the engine, from the cache. Read only: clients are written by the product's operations alone, so the
/// engine's own write methods refuse.
/// </summary>
internal sealed class ClientStore(Catalog catalog) : IOpenIddictApplicationStore<Client>
{
    public async ValueTask<Client?> FindByClientIdAsync(string identifier, CancellationToken cancellationToken)
    {
        if (await catalog.FindClientAsync(identifier, cancellationToken) is { } client) return client.Enabled ? client : null;

        // An API authenticates at the introspection endpoint like a client, with its own name and secrets.
        var resources = await catalog.GetResourcesAsync(cancellationToken);
        return resources.ApiResources.TryGetValue(identifier, out var api) && (api.ApiSecrets.Count > 0 || !KeySource.Of(api).IsEmpty) ? StandIns.GetValue(api, AsClient) : null;
    }

    /// <summary>One for each API as it was read, kept as long as that.</summary>
    private static readonly ConditionalWeakTable<ApiResource, Client> StandIns = [];

    private static Client AsClient(ApiResource api) => new()
    {
        Id = api.Id,
        ClientId = api.Name,
        ClientSecrets = [.. api.ApiSecrets.Select(s => new ClientSecret { Hash = s.Hash, ExpiresAt = s.ExpiresAt })],
        Description = IntrospectionOnly,
    };

    /// <summary>Marks the stand-in of an API, which may introspect and nothing else.</summary>
    private const string IntrospectionOnly = "\u0001introspection-only";

    public async ValueTask<Client?> FindByIdAsync(string identifier, CancellationToken cancellationToken)
    {
        var client = Guid.TryParse(identifier, out var key) ? await catalog.FindClientByKeyAsync(key, cancellationToken) : null;
        return client is { Enabled: true } ? client : null;
    }

    public ValueTask<string?> GetApplicationTypeAsync(Client application, CancellationToken cancellationToken) =>
        new(application.ApplicationType is ApplicationType.Native ? OpenIddictConstants.ApplicationTypes.Native : OpenIddictConstants.ApplicationTypes.Web);

    public ValueTask<string?> GetClientIdAsync(Client application, CancellationToken cancellationToken) => new(application.ClientId);

    /// <summary>Not null for confidential clients; the comparison itself is <see cref="ClientManager"/>'s.</summary>
    public ValueTask<string?> GetClientSecretAsync(Client application, CancellationToken cancellationToken) => new(application.IsPublic ? null : "many");

    public ValueTask<string?> GetClientTypeAsync(Client application, CancellationToken cancellationToken) =>
        new(application.IsPublic ? OpenIddictConstants.ClientTypes.Public : OpenIddictConstants.ClientTypes.Confidential);

    /// <summary>Whether consent is asked is decided by the interaction policy.</summary>
    public ValueTask<string?> GetConsentTypeAsync(Client application, CancellationToken cancellationToken) => new(OpenIddictConstants.ConsentTypes.External);

    public ValueTask<string?> GetDisplayNameAsync(Client application, CancellationToken cancellationToken) => new(application.ClientName);

    public ValueTask<ImmutableDictionary<CultureInfo, string>> GetDisplayNamesAsync(Client application, CancellationToken cancellationToken) =>
        new(ImmutableDictionary<CultureInfo, string>.Empty);

    public ValueTask<string?> GetIdAsync(Client application, CancellationToken cancellationToken) => new(application.Id.ToString());

    public ValueTask<JsonWebKeySet?> GetJsonWebKeySetAsync(Client application, CancellationToken cancellationToken) => new((JsonWebKeySet?)null);

    public ValueTask<ImmutableArray<string>> GetPermissionsAsync(Client application, CancellationToken cancellationToken) => new(ReferenceEquals(application.Description, IntrospectionOnly) ? [OpenIddictConstants.Permissions.Endpoints.Introspection] : ClientPermissions.Of(application));

    public ValueTask<ImmutableArray<string>> GetPostLogoutRedirectUrisAsync(Client application, CancellationToken cancellationToken) => new([.. application.PostLogoutRedirectUris]);

    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(Client application, CancellationToken cancellationToken) =>
        new(ImmutableDictionary<string, JsonElement>.Empty);

    public ValueTask<ImmutableArray<string>> GetRedirectUrisAsync(Client application, CancellationToken cancellationToken) => new([.. application.RedirectUris]);

    /// <summary>RFC 9700 2.1.1: a public client has nothing but the code challenge to protect its codes, whatever its row says.</summary>
    public ValueTask<ImmutableArray<string>> GetRequirementsAsync(Client application, CancellationToken cancellationToken) =>
        new([
            .. application.RequirePkce || application.IsPublic ? [OpenIddictConstants.Requirements.Features.ProofKeyForCodeExchange] : (ReadOnlySpan<string>)[],
            .. application.RequirePushedAuthorization ? [OpenIddictConstants.Requirements.Features.PushedAuthorizationRequests] : (ReadOnlySpan<string>)[],
        ]);

    public ValueTask<ImmutableDictionary<string, string>> GetSettingsAsync(Client application, CancellationToken cancellationToken) => new(ClientPermissions.Lifetimes(application));

    // Everything below is part of the engine's contract but not of its request pipeline.
    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<Client>, IQueryable<TResult>> query, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask CreateAsync(Client application, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask DeleteAsync(Client application, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<Client> FindByPostLogoutRedirectUriAsync(string uri, CancellationToken cancellationToken) => catalog.FindClientsByPostLogoutRedirectUriAsync(uri, cancellationToken);
    public IAsyncEnumerable<Client> FindByRedirectUriAsync(string uri, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<TResult?> GetAsync<TState, TResult>(Func<IQueryable<Client>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<Client> InstantiateAsync(CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<Client> ListAsync(int? count, int? offset, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(Func<IQueryable<Client>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetApplicationTypeAsync(Client application, string? type, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetClientIdAsync(Client application, string? identifier, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetClientSecretAsync(Client application, string? secret, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetClientTypeAsync(Client application, string? type, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetConsentTypeAsync(Client application, string? type, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetDisplayNameAsync(Client application, string? name, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetDisplayNamesAsync(Client application, ImmutableDictionary<CultureInfo, string> names, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetJsonWebKeySetAsync(Client application, JsonWebKeySet? set, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetPermissionsAsync(Client application, ImmutableArray<string> permissions, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetPostLogoutRedirectUrisAsync(Client application, ImmutableArray<string> uris, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetPropertiesAsync(Client application, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetRedirectUrisAsync(Client application, ImmutableArray<string> uris, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetRequirementsAsync(Client application, ImmutableArray<string> requirements, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask SetSettingsAsync(Client application, ImmutableDictionary<string, string> settings, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask UpdateAsync(Client application, CancellationToken cancellationToken) => throw Refuse();

    private static NotSupportedException Refuse() => new("Clients are read and written by the product's own operations, not by the engine.");
}
