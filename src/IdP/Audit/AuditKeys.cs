using System.Security.Cryptography;
using IdP.Data;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace IdP.Audit;

/// <summary>Makes and opens the key of the audit chain. Only the half that the key ring protects is trusted: a public key in a column could be changed with the rows that it vouches for.</summary>
public sealed class AuditKeys(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("IdP.AuditChain");

    public AuditKey Open(AuditChain chain)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(_protector.Unprotect(Convert.FromBase64String(chain.ProtectedKey)), out _);
        return new AuditKey(key);
    }

    /// <summary>The chain, begun when there is none: whichever node is first.</summary>
    internal async Task<AuditChain> ChainAsync(IdpDbContext db, CancellationToken ct)
    {
        if (await db.AuditChains.AsNoTracking().SingleOrDefaultAsync(ct) is { } chain) return chain;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (id, hash, stored) = (AuditChain.OnlyId, new byte[SHA256.HashSizeInBytes], Convert.ToBase64String(_protector.Protect(key.ExportPkcs8PrivateKey())));
        await db.Database.ExecuteSqlAsync($"INSERT INTO \"AuditChains\" (\"Id\", \"Number\", \"Hash\", \"ProtectedKey\") VALUES ({id}, 0, {hash}, {stored}) ON CONFLICT (\"Id\") DO NOTHING", ct); // another node may have been faster
        return await db.AuditChains.AsNoTracking().SingleAsync(ct);
    }
}
