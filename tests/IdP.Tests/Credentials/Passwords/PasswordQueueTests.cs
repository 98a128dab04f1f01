using System.Globalization;
using System.Net;
using IdP.Credentials.Passwords;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace IdP.Tests.Credentials.Passwords;

public sealed class PasswordQueueTests
{
    [Test]
    public async Task No_more_verifications_run_at_once_than_allowed_and_what_finds_no_place_is_told_so()
    {
        using var hasher = new HeldHasher();
        using var queue = NewQueue(hasher, concurrent: 2, waiting: 3);

        var attempts = Enumerable.Range(0, 20).Select(_ => queue.VerifyAsync(Person(), "x", Somewhere, CancellationToken.None)).ToArray();
        Assert.That(() => hasher.Running, Is.EqualTo(2).After(5).Seconds.PollEvery(5).MilliSeconds);
        hasher.Release();
        var verdicts = await Task.WhenAll(attempts);

        Assert.That(hasher.MostAtOnce, Is.EqualTo(2));
        Assert.That(verdicts.Count(v => v is null), Is.EqualTo(15));
        Assert.That(verdicts.Count(v => v is PasswordVerificationResult.Success), Is.EqualTo(5));
    }

    [Test]
    public async Task A_request_that_goes_away_gives_its_place_back()
    {
        using var hasher = new HeldHasher();
        using var queue = NewQueue(hasher, concurrent: 1, waiting: 1);
        using var gone = new CancellationTokenSource();
        var running = queue.VerifyAsync(Person(), "x", Somewhere, CancellationToken.None);
        Assert.That(() => hasher.Running, Is.EqualTo(1).After(5).Seconds.PollEvery(5).MilliSeconds);
        var waiting = queue.VerifyAsync(Person(), "x", Somewhere, gone.Token);

        await gone.CancelAsync();
        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        var next = queue.VerifyAsync(Person(), "x", Somewhere, CancellationToken.None);
        hasher.Release();

        Assert.That(await running, Is.EqualTo(PasswordVerificationResult.Success));
        Assert.That(await next, Is.EqualTo(PasswordVerificationResult.Success));
    }

    [Test]
    public async Task Somebody_unknown_costs_a_verification_and_fails()
    {
        using var hasher = new HeldHasher();
        hasher.Release();
        using var queue = NewQueue(hasher, concurrent: 1, waiting: 1);

        var verdict = await queue.VerifyAsync(null, "x", Somewhere, CancellationToken.None);

        Assert.That(verdict, Is.EqualTo(PasswordVerificationResult.Failed));
        Assert.That(hasher.Verified, Is.EqualTo(1));
    }

    [Test]
    public async Task Each_source_has_its_turn_and_whoever_floods_gives_way()
    {
        using var hasher = new HeldHasher();
        using var queue = NewQueue(hasher, concurrent: 1, waiting: 4);
        var (flood, other) = (PasswordSource.Network(IPAddress.Parse("192.0.2.1")), PasswordSource.Network(IPAddress.Parse("192.0.2.2")));
        async Task<PasswordVerificationResult?> AskAsync(string name, PasswordSource source) => await queue.VerifyAsync(new User { PasswordHash = name }, name, source, CancellationToken.None);

        var running = AskAsync("running", flood);
        Assert.That(() => hasher.Running, Is.EqualTo(1).After(5).Seconds.PollEvery(5).MilliSeconds);
        var floods = Enumerable.Range(1, 5).Select(i => AskAsync("flood" + i, flood)).ToArray();
        var others = Enumerable.Range(1, 3).Select(i => AskAsync("other" + i, other)).ToArray();
        hasher.Release();
        var (first, second) = (await Task.WhenAll(floods), await Task.WhenAll(others));
        await running;

        Assert.That(hasher.Passwords, Is.EqualTo(new[] { "running", "flood1", "other1", "flood2", "other2" }));
        Assert.That(first.Select(verdict => verdict is null), Is.EqualTo(new[] { false, false, true, true, true }), "the last of the flood gave way");
        Assert.That(second.Select(verdict => verdict is null), Is.EqualTo(new[] { false, false, true }), "half of the places is all that anybody can take from another");
    }

    [Test]
    public async Task Somebody_known_gets_a_place_before_a_crowd_of_strangers_and_strangers_still_have_turns()
    {
        using var hasher = new HeldHasher();
        using var queue = NewQueue(hasher, concurrent: 1, waiting: 6);
        var running = queue.VerifyAsync(Person(), "running", Somewhere, CancellationToken.None);
        Assert.That(() => hasher.Running, Is.EqualTo(1).After(5).Seconds.PollEvery(5).MilliSeconds);

        var strangers = Enumerable.Range(1, 7).Select(i => queue.VerifyAsync(Person(), "stranger", PasswordSource.Network(IPAddress.Parse("198.51.100." + i)), CancellationToken.None)).ToArray();
        var known = Enumerable.Range(1, 4).Select(_ => queue.VerifyAsync(Person(), "known", PasswordSource.Person(Guid.NewGuid()), CancellationToken.None)).ToArray();
        hasher.Release();
        var (refused, accepted) = (await Task.WhenAll(strangers), await Task.WhenAll(known));
        await running;

        Assert.That(accepted, Has.None.Null);
        Assert.That(refused.Count(verdict => verdict is null), Is.EqualTo(5), "the seventh found no place, four gave theirs to somebody known");
        Assert.That(hasher.Passwords, Is.EqualTo(new[] { "running", "known", "known", "stranger", "known", "known", "stranger" }));
    }

    [Test]
    public async Task Hashing_takes_no_thread_of_the_pool_and_runs_at_a_lower_priority()
    {
        using var hasher = new HeldHasher();
        hasher.Release();
        using var queue = NewQueue(hasher, concurrent: 1, waiting: 1);

        await queue.VerifyAsync(Person(), "x", Somewhere, CancellationToken.None);

        Assert.That((hasher.OnThreadPool, hasher.HasLowerPriority), Is.EqualTo((false, true)));
    }

    private static readonly PasswordSource Somewhere = PasswordSource.Network(IPAddress.Loopback);

    private static User Person() => new() { PasswordHash = "any" };

    private static PasswordQueue NewQueue(HeldHasher hasher, int concurrent, int waiting) =>
        new(hasher, Options.Create(new PasswordHashOptions { MaxConcurrent = concurrent, MaxWaiting = waiting }), NullLogger<PasswordQueue>.Instance);

    /// <summary>Computes nothing: holds each verification until it is released, and says yes.</summary>
    private sealed class HeldHasher : IPasswordHasher<User>, IDisposable
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly Lock _gate = new();

        public int Running { get; private set; }
        public int MostAtOnce { get; private set; }
        public int Verified { get; private set; }
        public bool OnThreadPool { get; private set; }
        public bool HasLowerPriority { get; private set; }
        public List<string> Passwords { get; } = [];

        public void Release() => _open.Set();

        public string HashPassword(User user, string password) => "any";

        public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
        {
            lock (_gate) Passwords.Add(providedPassword);
            (OnThreadPool, HasLowerPriority) = (Thread.CurrentThread.IsThreadPoolThread, OperatingSystem.IsLinux() ? NiceValue() == 10 : Thread.CurrentThread.Priority == ThreadPriority.BelowNormal);
            lock (_gate) (Running, MostAtOnce) = (Running + 1, Math.Max(MostAtOnce, Running + 1));
            if (!_open.Wait(TimeSpan.FromSeconds(30))) throw new TimeoutException("Nobody released the verification.");
            lock (_gate) (Running, Verified) = (Running - 1, Verified + 1);
            return PasswordVerificationResult.Success;
        }

        /// <summary>The 17th field after the name of the thread: proc(5).</summary>
        private static int NiceValue() => int.Parse(File.ReadAllText("/proc/thread-self/stat").Split(") ")[^1].Split(' ')[16], CultureInfo.InvariantCulture);

        public void Dispose() => _open.Dispose();
    }
}
