using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passwords.Known;

public enum KnownPassword
{
    /// <summary>On the built-in list of those that are guessed first.</summary>
    Common = 1,

    /// <summary>Seen in a breach.</summary>
    Breached = 2,
}

/// <summary>
/// Whether attackers know a password: the built-in list, then the operator's, then the service. A source that fails is no reason to keep people out: it has not seen the
/// password, and the log says why.
/// </summary>
public sealed class KnownPasswords : IDisposable
{
    private readonly BreachedHashes? _hashes;
    private readonly BreachService _service;
    private readonly ILogger<KnownPasswords> _logger;
    private readonly TimeProvider _clock;
    private long _nextLogAt;

    public KnownPasswords(IOptions<PasswordRuleOptions> options, BreachService service, TimeProvider clock, ILogger<KnownPasswords> logger)
    {
        (_service, _clock, _logger) = (service, clock, logger);
        if (!string.IsNullOrEmpty(options.Value.BreachedHashesPath)) _hashes = BreachedHashes.Open(options.Value.BreachedHashesPath, options.Value.BreachedMinCount);
    }

    /// <summary>Null when nobody knows it. Microseconds without the service, and with it no longer than <see cref="PasswordRuleOptions.BreachServiceTimeout"/>.</summary>
    public async ValueTask<KnownPassword?> FindAsync(string password, CancellationToken ct)
    {
        if (PasswordText.Normalize(password) is not { } text) return null; // nobody can choose it
        if (CommonPasswords.Contains(text)) return KnownPassword.Common;
        if (_hashes is null && !_service.IsOn) return null;
#pragma warning disable CA5350 // what the lists are made of; nobody is protected by it
        var hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
        return IsInList(hash) || await _service.ContainsAsync(hash, ct) ? KnownPassword.Breached : null;
    }

    public void Dispose() => _hashes?.Dispose();

    private bool IsInList(byte[] hash)
    {
        try
        {
            return _hashes?.Contains(hash) ?? false;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            // One line a minute: each sign-in would be one.
            var (now, next) = (_clock.GetTimestamp(), Interlocked.Read(ref _nextLogAt));
            if (now >= next && Interlocked.CompareExchange(ref _nextLogAt, now + (60 * _clock.TimestampFrequency), next) == next) Log.HashListFailed(_logger, exception.Message);
            return false;
        }
    }
}
