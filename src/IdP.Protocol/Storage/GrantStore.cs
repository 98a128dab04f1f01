using System.Collections.Immutable;
using System.Text.Json;
using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace IdP.Protocol.Storage;

/// <summary>
/// Shows our <see cref="Grant"/> to the engine as its authorization. Creations are only tracked: <see cref="CommitTokens"/> saves the
/// whole request in one transaction, so a crash leaves all of it or nothing.
/// </summary>
internal sealed class GrantStore(DbContext db, TimeProvider clock) : IOpenIddictAuthorizationStore<Grant>
{
    private DbSet<Grant> Grants => db.Set<Grant>();

    public ValueTask CreateAsync(Grant authorization, CancellationToken cancellationToken)
    {
        Grants.Add(authorization);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<Grant?> FindByIdAsync(string identifier, CancellationToken cancellationToken) =>
        Guid.TryParse(identifier, out var id) ? await Grants.FindAsync([id], cancellationToken) : null;

    public async ValueTask UpdateAsync(Grant authorization, CancellationToken cancellationToken) => await db.SaveChangesAsync(cancellationToken);

    public ValueTask<string?> GetApplicationIdAsync(Grant authorization, CancellationToken cancellationToken) => new(authorization.ClientKey?.ToString());
    public ValueTask<DateTimeOffset?> GetCreationDateAsync(Grant authorization, CancellationToken cancellationToken) => new(authorization.CreatedAt);
    public ValueTask<string?> GetIdAsync(Grant authorization, CancellationToken cancellationToken) => new(authorization.Id.ToString());
    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(Grant authorization, CancellationToken cancellationToken) => new(ImmutableDictionary<string, JsonElement>.Empty);
    public ValueTask<ImmutableArray<string>> GetScopesAsync(Grant authorization, CancellationToken cancellationToken) => new([.. authorization.Scopes]);
    public ValueTask<string?> GetStatusAsync(Grant authorization, CancellationToken cancellationToken) => new(authorization.Status);
    public ValueTask<string?> GetSubjectAsync(Grant authorization, CancellationToken cancellationToken) => new(authorization.Subject);
    public ValueTask<string?> GetTypeAsync(Grant authorization, CancellationToken cancellationToken) => new(authorization.Type);
    public ValueTask<Grant> InstantiateAsync(CancellationToken cancellationToken) => new(new Grant());

    public ValueTask SetApplicationIdAsync(Grant authorization, string? identifier, CancellationToken cancellationToken) => Set(() => authorization.ClientKey = identifier is null ? null : Guid.Parse(identifier));
    public ValueTask SetCreationDateAsync(Grant authorization, DateTimeOffset? date, CancellationToken cancellationToken) => Set(() => authorization.CreatedAt = date ?? clock.GetUtcNow());
    public ValueTask SetPropertiesAsync(Grant authorization, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    public ValueTask SetScopesAsync(Grant authorization, ImmutableArray<string> scopes, CancellationToken cancellationToken) => Set(() => authorization.Scopes = scopes.IsDefault ? [] : [.. scopes]);
    public ValueTask SetStatusAsync(Grant authorization, string? status, CancellationToken cancellationToken) => Set(() => authorization.Status = status ?? TokenStatus.Valid);
    public ValueTask SetSubjectAsync(Grant authorization, string? subject, CancellationToken cancellationToken) => Set(() => authorization.Subject = subject);
    public ValueTask SetTypeAsync(Grant authorization, string? type, CancellationToken cancellationToken) => Set(() => authorization.Type = type);

    // The engine's management methods: revocation and pruning are set-based in Grants/, and nothing else calls these.
    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<Grant>, IQueryable<TResult>> query, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask DeleteAsync(Grant authorization, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<Grant> FindAsync(string? subject, string? client, string? status, string? type, ImmutableArray<string>? scopes, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<Grant> FindByApplicationIdAsync(string identifier, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<Grant> FindBySubjectAsync(string subject, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<TResult?> GetAsync<TState, TResult>(Func<IQueryable<Grant>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<Grant> ListAsync(int? count, int? offset, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(Func<IQueryable<Grant>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<long> PruneAsync(DateTimeOffset threshold, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<long> RevokeAsync(string? subject, string? client, string? status, string? type, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<long> RevokeByApplicationIdAsync(string identifier, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<long> RevokeBySubjectAsync(string subject, CancellationToken cancellationToken) => throw Refuse();

    private static ValueTask Set(Action change)
    {
        change();
        return ValueTask.CompletedTask;
    }

    private static NotSupportedException Refuse() => new("Grants are managed by the product's own set-based operations, not by the engine.");
}
