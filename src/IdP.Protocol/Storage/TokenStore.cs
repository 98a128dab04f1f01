using System.Collections.Immutable;
using System.Text.Json;
using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace IdP.Protocol.Storage;

/// <summary>
/// Shows our <see cref="GrantToken"/> to the engine. The engine creates a row and then updates it with its payload, each as a commit of
/// its own; here both only touch the change tracker, and <see cref="CommitTokens"/> saves the whole request in one transaction.
/// </summary>
internal sealed class TokenStore(DbContext db, TokenQueries queries, GrantRevocation revocation) : IOpenIddictTokenStore<GrantToken>
{
    private DbSet<GrantToken> Tokens => db.Set<GrantToken>();

    public ValueTask CreateAsync(GrantToken token, CancellationToken cancellationToken)
    {
        Tokens.Add(token);
        return ValueTask.CompletedTask;
    }

    public ValueTask UpdateAsync(GrantToken token, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<GrantToken?> FindByIdAsync(string identifier, CancellationToken cancellationToken) =>
        Guid.TryParse(identifier, out var id) ? Tracked(id) ?? await Tokens.Include(t => t.Grant).FirstOrDefaultAsync(t => t.Id == id, cancellationToken) : null;

    /// <summary>
    /// The grant comes in the same statement: the engine asks for it next. A handle made in this very request is found without one: the engine looks
    /// whether it is taken, which 256 random bits are not, and the unique index would say so at the commit.
    /// </summary>
    public async ValueTask<GrantToken?> FindByReferenceIdAsync(string identifier, CancellationToken cancellationToken) =>
        db.ChangeTracker.Entries<GrantToken>().FirstOrDefault(e => e.State is EntityState.Added && e.Entity.ReferenceId == identifier)?.Entity
        ?? await queries.ByReference(db, identifier, cancellationToken);

    public async ValueTask<long> RevokeByAuthorizationIdAsync(string identifier, CancellationToken cancellationToken) =>
        await revocation.RevokeGrantAsync(Guid.Parse(identifier), cancellationToken);

    public ValueTask<string?> GetApplicationIdAsync(GrantToken token, CancellationToken cancellationToken) => new(token.ClientKey?.ToString());
    public ValueTask<string?> GetAuthorizationIdAsync(GrantToken token, CancellationToken cancellationToken) => new(token.GrantId?.ToString());
    public ValueTask<DateTimeOffset?> GetCreationDateAsync(GrantToken token, CancellationToken cancellationToken) => new(token.CreatedAt);
    public ValueTask<DateTimeOffset?> GetExpirationDateAsync(GrantToken token, CancellationToken cancellationToken) => new(token.ExpiresAt);
    public ValueTask<string?> GetIdAsync(GrantToken token, CancellationToken cancellationToken) => new(token.Id.ToString());
    public ValueTask<string?> GetPayloadAsync(GrantToken token, CancellationToken cancellationToken) => new(token.Payload);
    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(GrantToken token, CancellationToken cancellationToken) => new(ImmutableDictionary<string, JsonElement>.Empty);
    public ValueTask<DateTimeOffset?> GetRedemptionDateAsync(GrantToken token, CancellationToken cancellationToken) => new(token.RedeemedAt);
    public ValueTask<string?> GetReferenceIdAsync(GrantToken token, CancellationToken cancellationToken) => new(token.ReferenceId);
    public ValueTask<string?> GetStatusAsync(GrantToken token, CancellationToken cancellationToken) => new(token.Status);
    public ValueTask<string?> GetSubjectAsync(GrantToken token, CancellationToken cancellationToken) => new(token.Subject);
    public ValueTask<string?> GetTypeAsync(GrantToken token, CancellationToken cancellationToken) => new(token.Type);
    public ValueTask<GrantToken> InstantiateAsync(CancellationToken cancellationToken) => new(new GrantToken());

    public ValueTask SetApplicationIdAsync(GrantToken token, string? identifier, CancellationToken cancellationToken) => Set(() => token.ClientKey = identifier is null ? null : Guid.Parse(identifier));
    public ValueTask SetAuthorizationIdAsync(GrantToken token, string? identifier, CancellationToken cancellationToken) => Set(() => token.GrantId = identifier is null ? null : Guid.Parse(identifier));
    public ValueTask SetCreationDateAsync(GrantToken token, DateTimeOffset? date, CancellationToken cancellationToken) => Set(() => token.CreatedAt = date);
    public ValueTask SetExpirationDateAsync(GrantToken token, DateTimeOffset? date, CancellationToken cancellationToken) => Set(() => token.ExpiresAt = date);
    public ValueTask SetPayloadAsync(GrantToken token, string? payload, CancellationToken cancellationToken) => Set(() => token.Payload = payload);
    public ValueTask SetPropertiesAsync(GrantToken token, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    public ValueTask SetRedemptionDateAsync(GrantToken token, DateTimeOffset? date, CancellationToken cancellationToken) => Set(() => token.RedeemedAt = date);
    public ValueTask SetReferenceIdAsync(GrantToken token, string? identifier, CancellationToken cancellationToken) => Set(() => token.ReferenceId = identifier);
    public ValueTask SetStatusAsync(GrantToken token, string? status, CancellationToken cancellationToken) => Set(() => token.Status = status ?? TokenStatus.Valid);
    public ValueTask SetSubjectAsync(GrantToken token, string? subject, CancellationToken cancellationToken) => Set(() => token.Subject = subject);
    public ValueTask SetTypeAsync(GrantToken token, string? type, CancellationToken cancellationToken) => Set(() => token.Type = type);

    // The engine's management methods: revocation and pruning are set-based in Grants/, and nothing else calls these.
    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<GrantToken>, IQueryable<TResult>> query, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask DeleteAsync(GrantToken token, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<GrantToken> FindAsync(string? subject, string? client, string? status, string? type, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<GrantToken> FindByApplicationIdAsync(string identifier, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<GrantToken> FindByAuthorizationIdAsync(string identifier, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<GrantToken> FindBySubjectAsync(string subject, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<TResult?> GetAsync<TState, TResult>(Func<IQueryable<GrantToken>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<GrantToken> ListAsync(int? count, int? offset, CancellationToken cancellationToken) => throw Refuse();
    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(Func<IQueryable<GrantToken>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<long> PruneAsync(DateTimeOffset threshold, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<long> RevokeAsync(string? subject, string? client, string? status, string? type, CancellationToken cancellationToken) => throw Refuse();
    public ValueTask<long> RevokeByApplicationIdAsync(string identifier, CancellationToken cancellationToken = default) => throw Refuse();
    public ValueTask<long> RevokeBySubjectAsync(string subject, CancellationToken cancellationToken = default) => throw Refuse();

    private GrantToken? Tracked(Guid id) => db.ChangeTracker.Entries<GrantToken>().FirstOrDefault(e => e.Entity.Id == id)?.Entity;

    private static ValueTask Set(Action change)
    {
        change();
        return ValueTask.CompletedTask;
    }

    private static NotSupportedException Refuse() => new("Tokens are managed by the product's own set-based operations, not by the engine.");
}
