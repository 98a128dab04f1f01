using IdP.Credentials.Passwords;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace IdP.Tests.Credentials.Passwords;

public sealed class PasswordQueueTests
{
    [Test]
    public async Task No_more_verifications_run_at_once_than_allowed_and_what_finds_no_place_is_told_so()
    {
        using var hasher = new HeldHasher();
        using var queue = NewQueue(hasher, concurrent: 2, waiting: 3);

        var attempts = Enumerable.Range(0, 20).Select(_ => queue.VerifyAsync(Person(), "x", CancellationToken.None)).ToArray();
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
        var running = queue.VerifyAsync(Person(), "x", CancellationToken.None);
        var waiting = queue.VerifyAsync(Person(), "x", gone.Token);

        await gone.CancelAsync();
        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        var next = queue.VerifyAsync(Person(), "x", CancellationToken.None);
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

        var verdict = await queue.VerifyAsync(null, "x", CancellationToken.None);

        Assert.That(verdict, Is.EqualTo(PasswordVerificationResult.Failed));
        Assert.That(hasher.Verified, Is.EqualTo(1));
    }

    private static User Person() => new() { PasswordHash = "any" };

    private static PasswordQueue NewQueue(HeldHasher hasher, int concurrent, int waiting) =>
        new(hasher, Options.Create(new PasswordHashOptions { MaxConcurrent = concurrent, MaxWaiting = waiting }));

    /// <summary>Computes nothing: holds each verification until it is released, and says yes.</summary>
    private sealed class HeldHasher : IPasswordHasher<User>, IDisposable
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly Lock _gate = new();

        public int Running { get; private set; }
        public int MostAtOnce { get; private set; }
        public int Verified { get; private set; }

        public void Release() => _open.Set();

        public string HashPassword(User user, string password) => "any";

        public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
        {
            lock (_gate) (Running, MostAtOnce) = (Running + 1, Math.Max(MostAtOnce, Running + 1));
            if (!_open.Wait(TimeSpan.FromSeconds(30))) throw new TimeoutException("Nobody released the verification.");
            lock (_gate) (Running, Verified) = (Running - 1, Verified + 1);
            return PasswordVerificationResult.Success;
        }

        public void Dispose() => _open.Dispose();
    }
}
