using System.Diagnostics;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passwords;

/// <summary>
/// Bounds the work of password hashes and keeps it away from everybody else: a few threads of its own with a lower priority, a bounded line before them in
/// which each source has its turn. A storm of sign-ins waits or is told to come back; it never takes memory, processors or the threads of other requests.
/// </summary>
public sealed class PasswordQueue : IDisposable
{
    private static readonly User Nobody = new();
    private const int MaxRetrySeconds = 55;
    private const int RetrySpreadSeconds = 5;

    private readonly IPasswordHasher<User> _hasher;
    private readonly ILogger<PasswordQueue> _logger;
    private readonly PasswordHashOptions _options;
    private readonly Lazy<string> _decoy;
    private readonly object _gate = new(); // Monitor.Wait
    private readonly WaitingLine<Job> _line;
    private readonly int _threads;
    private double _secondsOfOne = 0.02;
    private bool _started;
    private bool _ended;

    public PasswordQueue(IPasswordHasher<User> hasher, IOptions<PasswordHashOptions> options, ILogger<PasswordQueue> logger)
    {
        (_hasher, _logger, _options) = (hasher, logger, options.Value);
        _threads = _options.MaxConcurrent > 0 ? _options.MaxConcurrent : Math.Max(1, Environment.ProcessorCount - 1);
        _line = new WaitingLine<Job>(_options.MaxWaiting) { Free = _threads };
        _decoy = new(() => hasher.HashPassword(new User(), Guid.NewGuid().ToString()));
    }

    /// <summary>How many are in the line now.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _line.Count;
        }
    }

    /// <summary>When to tell somebody without a place to come back: when the line of now will be done, not everybody at the same moment, within a minute.</summary>
    public TimeSpan RetryAfter
    {
        get
        {
            double line;
            lock (_gate) line = _line.Count * _secondsOfOne / _threads;
            return TimeSpan.FromSeconds(Math.Min(Math.Ceiling(line), MaxRetrySeconds) + 1 + Random.Shared.Next(RetrySpreadSeconds));
        }
    }

    /// <summary>A look, no reservation: what has no place now need not cost anything first.</summary>
    public bool HasPlaceFor(PasswordSource source)
    {
        lock (_gate) return _line.HasPlaceFor(source);
    }

    /// <summary>The verdict, or null when too many are waiting. A missing hash (unknown person, no password) costs the same and fails.</summary>
    public async Task<PasswordVerificationResult?> VerifyAsync(User? user, string password, PasswordSource source, CancellationToken ct)
    {
        var verdict = PasswordVerificationResult.Failed;
        var done = await RunAsync(() =>
        {
            verdict = _hasher.VerifyHashedPassword(user ?? Nobody, user?.PasswordHash ?? _decoy.Value, password);
            if (user?.PasswordHash is null) verdict = PasswordVerificationResult.Failed;
        }, source, ct);
        return done ? verdict : null;
    }

    /// <summary>A new hash, or null when too many are waiting.</summary>
    public async Task<string?> HashAsync(User user, string password, PasswordSource source, CancellationToken ct)
    {
        string? hash = null;
        await RunAsync(() => hash = _hasher.HashPassword(user, password), source, ct);
        return hash;
    }

    /// <summary>The threads finish what is waiting and end.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <returns>False when it was not done, for want of a place.</returns>
    private async Task<bool> RunAsync(Action work, PasswordSource source, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var job = new Job(work);
        WaitingLine<Job>.Place? place;
        Job? pushedOut;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            place = _line.Add(source, job, out pushedOut);
            if (!_started) Start();
            Monitor.Pulse(_gate);
        }
        pushedOut?.Done.TrySetResult(false);
        if (place is null) return false;

        // Whoever has gone leaves the line and costs nothing; what is being computed is finished.
        using var gone = ct.UnsafeRegister(_ =>
        {
            bool left;
            lock (_gate) left = _line.Remove(place);
            if (left) job.Done.TrySetCanceled(ct);
        }, null);
        return await job.Done.Task;
    }

    private void Start()
    {
        _started = true;
        for (var i = 0; i < _threads; i++) new Thread(Work) { IsBackground = true, Name = "password hash" }.Start();
    }

    private void Work()
    {
        if (!Niceness.TryLower(_options.Niceness)) Log.PriorityRefused(_logger, _options.Niceness);
        while (Take() is { } job)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                job.Work();
                job.Done.SetResult(true);
            }
            catch (Exception exception) // goes on where it is awaited
            {
                job.Done.SetException(exception);
            }
            var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
            lock (_gate) (_line.Free, _secondsOfOne) = (_line.Free + 1, _secondsOfOne + ((took - _secondsOfOne) / 8));
        }
    }

    private Job? Take()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_line.Next() is { } job)
                {
                    _line.Free--;
                    return job;
                }
                if (_ended) return null;
                Monitor.Wait(_gate);
            }
        }
    }

    private sealed class Job(Action work)
    {
        public Action Work { get; } = work;

        /// <summary>What comes after does not run on the threads of the queue.</summary>
        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
