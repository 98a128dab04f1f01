using System.Globalization;
using IdP.Data;
using Microsoft.EntityFrameworkCore;

namespace IdP.Audit;

/// <summary><c>IdP.Server audit …</c></summary>
public sealed class AuditCommand(IdpDbContext db, VerifyAudit verify, AuditKeys keys)
{
    public async Task<int> VerifyAsync(TextWriter output, TextWriter error, CancellationToken ct)
    {
        var verdict = await verify.ExecuteAsync(ct);
        if (verdict.Broken is { } broken)
        {
            await error.WriteLineAsync($"BROKEN: {broken} {Count(verdict.Entries)} before it are as they were written.");
            return 1;
        }
        await output.WriteLineAsync($"OK: {Count(verdict.Entries)} and {verdict.Checkpoints.ToString(CultureInfo.InvariantCulture)} signed checkpoints are as they were written; {Count(verdict.Waiting)} wait to be put into the chain.");
        if (verdict.Hash is { } hash) await output.WriteLineAsync($"The newest is entry {verdict.Entries.ToString(CultureInfo.InvariantCulture)}, {hash}.");
        return 0;
    }

    /// <summary>The public key as JWK.</summary>
    public async Task<int> KeyAsync(TextWriter output, TextWriter error, CancellationToken ct)
    {
        if (await db.AuditChains.AsNoTracking().SingleOrDefaultAsync(ct) is not { } chain)
        {
            await error.WriteLineAsync("error: There is no key yet: it is made with the first audit entry of a running server.");
            return 1;
        }
        using var key = keys.Open(chain);
        await output.WriteLineAsync(key.PublicJwk());
        return 0;
    }

    private static string Count(long entries) => entries == 1 ? "1 entry" : entries.ToString(CultureInfo.InvariantCulture) + " entries";
}
