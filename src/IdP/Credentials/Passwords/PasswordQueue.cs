using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passwords;

/// <summary>Bounds the work of password verification: a login storm waits in line or is told to come back, but never exhausts memory or processors.</summary>
public sealed class PasswordQueue : IDisposable
{
    private readonly IPasswordHasher<User> _hasher;
    private readonly SemaphoreSlim _places;
    private readonly int _maxWaiting;
    private readonly Lazy<string> _decoy;
    private int _waiting;

    public PasswordQueue(IPasswordHasher<User> hasher, IOptions<PasswordHashOptions> options)
    {
        _hasher = hasher;
        _places = new SemaphoreSlim(options.Value.MaxConcurrent > 0 ? options.Value.MaxConcurrent : Environment.ProcessorCount);
        _maxWaiting = options.Value.MaxWaiting;
        _decoy = new(() => hasher.HashPassword(new User(), Guid.NewGuid().ToString()));
    }

    /// <summary>The verdict, or null when too many are waiting. A missing hash (unknown person, no password) costs the same and fails.</summary>
    public Task<PasswordVerificationResult?> VerifyAsync(User? user, string password, CancellationToken ct) => RunAsync(() =>
    {
        var verdict = _hasher.VerifyHashedPassword(user ?? Nobody, user?.PasswordHash ?? _decoy.Value, password);
        return user?.PasswordHash is null ? PasswordVerificationResult.Failed : verdict;
    }, ct);

    /// <summary>A new hash, or null when too many are waiting.</summary>
    public async Task<string?> HashAsync(User user, string password, CancellationToken ct)
    {
        string? hash = null;
        await RunAsync(() => { hash = _hasher.HashPassword(user, password); return PasswordVerificationResult.Success; }, ct);
        return hash;
    }

    public void Dispose() => _places.Dispose();

    private static readonly User Nobody = new();

    private async Task<PasswordVerificationResult?> RunAsync(Func<PasswordVerificationResult> work, CancellationToken ct)
    {
        if (Interlocked.Increment(ref _waiting) > _maxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }
        try
        {
            await _places.WaitAsync(ct);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
        try
        {
            return await Task.Run(work, CancellationToken.None);
        }
        finally
        {
            _places.Release();
        }
    }
}
