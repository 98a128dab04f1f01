using System.Collections.Frozen;
using IdP.Protocol.Clients;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace IdP.Protocol.Keys;

/// <summary>
/// The keys of this node, ready to use. The engine reads them as options; a reload fires the options' change token. Which key signs is
/// decided by the clock at each token, so that announced keys take over without any event.
/// </summary>
internal sealed class KeyRing(TimeProvider clock) : IConfigureOptions<OpenIddictServerOptions>, IOptionsChangeTokenSource<OpenIddictServerOptions>, IDisposable
{
    private volatile IReadOnlyList<KeyMaterial> _keys = [];
    private volatile FrozenDictionary<string, KeyMaterial> _byId = FrozenDictionary<string, KeyMaterial>.Empty;
    private KeyMaterial?[] _current = [];
    private int _version;
    private CancellationTokenSource _change = new();

    string? IOptionsChangeTokenSource<OpenIddictServerOptions>.Name => Options.DefaultName;

    public IReadOnlyList<KeyMaterial> Keys => _keys;

    /// <summary>Another number after each change of the keys or of which of them is used.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>What the JWKS shows: keys that sign, will sign or have signed, and those others shall encrypt with, which a retired one still decrypts but is not offered for.</summary>
    public IEnumerable<KeyMaterial> Published
    {
        get
        {
            var now = clock.GetUtcNow();
            return _keys.Where(k => k.Key is AsymmetricSecurityKey && (k.Signing is null ? k.Row.RetiredAt : k.Row.ExpiresAt) > now);
        }
    }

    /// <summary>A key that has not expired, by its <c>kid</c>.</summary>
    public KeyMaterial? Find(string? keyId) => keyId is not null && _byId.TryGetValue(keyId, out var key) && key.Row.ExpiresAt > clock.GetUtcNow() ? key : null;

    /// <summary>The key of this algorithm that signs now: the youngest active one, or the youngest at all when the clock is far off. Null when none was made yet.</summary>
    public KeyMaterial? Current(string algorithm)
    {
        var now = clock.GetUtcNow();
        KeyMaterial? active = null, youngest = null;
        foreach (var key in _keys)
        {
            if (key.Row.Algorithm != algorithm) continue;
            if (youngest is null || key.Row.ActiveAt > youngest.Row.ActiveAt) youngest = key;
            if (key.Row.ActiveAt <= now && now < key.Row.RetiredAt && (active is null || key.Row.ActiveAt > active.Row.ActiveAt)) active = key;
        }
        return active ?? youngest;
    }

    /// <summary>The key of an algorithm that there always is one of (<see cref="KeyAlgorithms.Always"/>).</summary>
    public KeyMaterial Required(string algorithm) => Current(algorithm) ?? throw new InvalidOperationException($"There is no key for {algorithm}.");

    public void Replace(IReadOnlyList<KeyMaterial> keys)
    {
        _byId = keys.ToFrozenDictionary(k => k.Row.Id, StringComparer.Ordinal);
        _keys = keys;
        Announce();
    }

    /// <summary>The engine keeps the order of its keys until told otherwise, and encrypts with the first: tell it when another one's time has come.</summary>
    public void FollowClock()
    {
        if (!_current.SequenceEqual(CurrentKeys())) Announce();
    }

    private KeyMaterial?[] CurrentKeys() => [.. KeyAlgorithms.All.Select(Current)];

    private void Announce()
    {
        _current = CurrentKeys();
        Interlocked.Increment(ref _version);
        using var previous = Interlocked.Exchange(ref _change, new CancellationTokenSource());
        previous.Cancel();
    }

    public void Configure(OpenIddictServerOptions options)
    {
        var now = clock.GetUtcNow();
        var live = _keys.Where(k => k.Row.ExpiresAt > now).ToList();
        // The engine signs with the first one where nobody chooses, so the active ones come first.
        foreach (var algorithm in SigningAlgorithms.Supported)
            if (Current(algorithm) is { } current)
                options.SigningCredentials.Add(current.Signing!);
        foreach (var key in live)
            if (key.Signing is { } signing && !options.SigningCredentials.Contains(signing))
                options.SigningCredentials.Add(signing);
        if (Current(KeyAlgorithms.OwnTokens) is { } encryption) options.EncryptionCredentials.Add(encryption.Encrypting!);
        foreach (var key in live)
            if (key.Encrypting is { } encrypting && !options.EncryptionCredentials.Contains(encrypting))
                options.EncryptionCredentials.Add(encrypting);
    }

    IChangeToken IOptionsChangeTokenSource<OpenIddictServerOptions>.GetChangeToken() => new CancellationChangeToken(_change.Token);

    public void Dispose() => _change.Dispose();
}
