using IdP.Data;
using IdP.Protocol.Changes;
using IdP.Protocol.Clients;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Policies;

/// <summary>The enabled policies in memory, forgotten together with the <see cref="Catalog"/>: at a change that this node makes or hears of, otherwise after <see cref="ChangeFeed.Lifetime"/>.</summary>
public sealed class PolicyCatalog(IServiceScopeFactory scopes, Catalog catalog, ChangeFeed feed, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile Loaded? _loaded;

    /// <summary>The policies that can concern a sign-in on the way to this app.</summary>
    public async ValueTask<IReadOnlyList<PolicyRule>> ForAsync(string? clientId, CancellationToken ct)
    {
        var rules = await AllAsync(ct);
        return rules.Count == 0 ? rules : [.. rules.Where(rule => rule.ConcernsClient(clientId))];
    }

    public async ValueTask<IReadOnlyList<PolicyRule>> AllAsync(CancellationToken ct) => (_loaded is { } known && IsFresh(known) ? known : await LoadAsync(ct)).Rules;

    public void Dispose() => _loading.Dispose();

    private async Task<Loaded> LoadAsync(CancellationToken ct)
    {
        await _loading.WaitAsync(ct);
        try
        {
            if (_loaded is { } known && IsFresh(known)) return known;
            // Taken before the reading: a change that comes meanwhile makes what was read old at once.
            var (generation, at) = (catalog.Version, clock.GetUtcNow());
            await using var scope = scopes.CreateAsyncScope();
            var policies = await scope.ServiceProvider.GetRequiredService<IdpDbContext>().SignInPolicies.AsNoTracking().Where(p => p.Enabled).OrderBy(p => p.Name).ToListAsync(ct);
            return _loaded = new([.. policies.Select(policy => PolicyRule.From(policy.Id, policy.Name, SignInPolicySettings.From(policy)))], generation, at);
        }
        finally
        {
            _loading.Release();
        }
    }

    private bool IsFresh(Loaded loaded) => loaded.Generation == catalog.Version && clock.GetUtcNow() - loaded.At < feed.Lifetime;

    private sealed record Loaded(IReadOnlyList<PolicyRule> Rules, int Generation, DateTimeOffset At);
}
