using System.Security.Cryptography;
using System.Text;
using IdP.Data;
using IdP.Keys;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace IdP.PersonalData;

/// <summary>
/// Makes and finds the keys of people. This node remembers some for writing: what is written with a key that was deleted meanwhile is as unreadable as the rest. For reading they are always looked up, so
/// that nothing is shown after an erasure.
/// </summary>
public sealed class PersonKeys : IDisposable
{
    private const int MaxRemembered = 20_000, IdSize = 16;
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private readonly IServiceScopeFactory _scopes;
    private readonly IDataProtector _protector;
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = MaxRemembered });
    private readonly Lazy<byte[]> _digestKey;

    public PersonKeys(IServiceScopeFactory scopes, IDataProtectionProvider protection, IOptions<KeyProtectionOptions> options)
    {
        (_scopes, _protector) = (scopes, protection.CreateProtector("IdP.PersonKeys"));
        _digestKey = new(() => HKDF.DeriveKey(HashAlgorithmName.SHA256, Convert.FromBase64String(options.Value.Secret!), 32, info: "IdP address digests"u8.ToArray())); // checked at start
    }

    public void Dispose() => _known.Dispose();

    public PersonKey New(Guid id, string? address = null) => new() { Id = id, ProtectedKey = Protect(id, RandomNumberGenerator.GetBytes(PersonalCipher.KeySize)), AddressDigest = address is null ? null : DigestOf(address) };

    /// <summary>Of a normalized address; nobody can try addresses without the server's secret.</summary>
    public string DigestOf(string address) => Base64UrlEncoder.Encode(HMACSHA256.HashData(_digestKey.Value, Encoding.UTF8.GetBytes(address)));

    /// <summary>For a statement that looks at a person anyway and brings the key along, so that writing about them asks for nothing more.</summary>
    public void Remember(IdpDbContext db, Guid id, string? protectedKey)
    {
        // What a transaction sees may be undone with it: SQLite's may have made the key itself.
        if (protectedKey is null || (db.Database.IsSqlite() && db.Database.CurrentTransaction is not null) || _known.TryGetValue(id, out _)) return;
        _known.Set(id, Unprotect(id, protectedKey), new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Remembered });
    }

    public void Forget(Guid id) => _known.Remove(id);

    /// <summary>The keys of these people, made where one has none yet; who is not there is left out.</summary>
    internal async Task<Dictionary<Guid, byte[]>> ForWritingAsync(IdpDbContext db, IEnumerable<Guid> ids, CancellationToken ct)
    {
        Dictionary<Guid, byte[]> keys = [];
        List<Guid> unknown = [];
        foreach (var id in ids.Distinct())
            if (_known.TryGetValue(id, out byte[]? key)) keys[id] = key!; // nothing else is put there
            else unknown.Add(id);
        if (unknown.Count == 0) return keys;

        await ReadAsync(db, unknown, keys, remember: true, ct);
        var without = unknown.FindAll(id => !keys.ContainsKey(id));
        if (without.Count == 0) return keys;

        // People of before there were keys. On PostgreSQL in a transaction of its own, which holds no other lock, so that two requests about one person cannot block each other.
        if (db.Database.IsSqlite()) await MakeAsync(db, without, keys, ct);
        else
        {
            await using var scope = _scopes.CreateAsyncScope();
            await MakeAsync(scope.ServiceProvider.GetRequiredService<IdpDbContext>(), without, keys, ct);
        }
        return keys;
    }

    /// <summary>The keys that are there.</summary>
    internal async Task<Dictionary<Guid, byte[]>> ForReadingAsync(IdpDbContext db, IEnumerable<Guid> ids, CancellationToken ct)
    {
        Dictionary<Guid, byte[]> keys = [];
        foreach (var some in ids.Distinct().Chunk(500)) await ReadAsync(db, some, keys, remember: false, ct);
        return keys;
    }

    internal byte[] Unprotect(Guid id, string protectedKey)
    {
        var content = _protector.Unprotect(Convert.FromBase64String(protectedKey));
        if (new Guid(content.AsSpan(0, IdSize), bigEndian: true) != id) throw new CryptographicException($"The key stored for {id} is somebody else's.");
        return content[IdSize..];
    }

    private string Protect(Guid id, byte[] key) => Convert.ToBase64String(_protector.Protect([.. id.ToByteArray(bigEndian: true), .. key]));

    private async Task ReadAsync(IdpDbContext db, IReadOnlyCollection<Guid> ids, Dictionary<Guid, byte[]> keys, bool remember, CancellationToken ct)
    {
        foreach (var row in await db.PersonKeys.AsNoTracking().Where(k => ids.Contains(k.Id)).ToListAsync(ct))
        {
            keys[row.Id] = Unprotect(row.Id, row.ProtectedKey);
            if (remember) Remember(db, row.Id, row.ProtectedKey);
        }
    }

    private async Task MakeAsync(IdpDbContext db, List<Guid> ids, Dictionary<Guid, byte[]> keys, CancellationToken ct)
    {
        foreach (var id in ids)
        {
            var key = New(id).ProtectedKey;
            // Whoever is faster, there is one key; and none is made for somebody who was erased.
            await db.Database.ExecuteSqlAsync($"INSERT INTO \"PersonKeys\" (\"Id\", \"ProtectedKey\") SELECT {id}, {key} FROM \"Users\" WHERE \"Id\" = {id} ON CONFLICT (\"Id\") DO NOTHING", ct);
        }
        await ReadAsync(db, ids, keys, remember: false, ct);
    }
}
