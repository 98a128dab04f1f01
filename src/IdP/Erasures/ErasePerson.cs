using System.Text.Json;
using IdP.Audit;
using IdP.Data;
using IdP.Links;
using IdP.Mail;
using IdP.PersonalData;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace IdP.Erasures;

/// <summary>
/// Deletes one person whose time has come: table by table in batches, each with what was counted in one transaction, so that another node can go on where this one stops. The person's row and the key
/// go last, together with the certificate.
/// </summary>
public sealed class ErasePerson(IdpDbContext db, PersonalTables tables, PersonKeys keys, AuditSealing sealing, AuditKeys auditKeys, AuditLog audit, MailQueue mail, OneTimeLinks links, IConfiguration configuration, TimeProvider clock)
{
    public const string CertificateType = "erasure-certificate+jwt";

    /// <summary>After a node has died another goes on when this is over.</summary>
    internal static readonly TimeSpan Claim = TimeSpan.FromMinutes(5);

    /// <summary>Takes it for this node. False when another has it, or it was cancelled.</summary>
    public async Task<bool> TakeAsync(Guid erasureId, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.Erasures.Where(e => e.Id == erasureId && ((e.State == ErasureState.Waiting && e.DueAt <= now) || (e.State == ErasureState.Running && e.ClaimedUntil < now)))
            .ExecuteUpdateAsync(e => e.SetProperty(x => x.State, ErasureState.Running).SetProperty(x => x.StartedAt, x => x.StartedAt ?? now).SetProperty(x => x.ClaimedUntil, now + Claim), ct) == 1;
    }

    public async Task ExecuteAsync(Guid erasureId, CancellationToken ct)
    {
        var erasure = await db.Erasures.AsNoTracking().SingleAsync(e => e.Id == erasureId, ct);
        var person = await db.Users.AsNoTracking().Where(u => u.Id == erasure.UserId).Select(u => new ErasedPerson(u.Id, u.NormalizedUserName, u.NormalizedEmail)).SingleAsync(ct);
        var counts = erasure.Counts is null ? [] : JsonSerializer.Deserialize<SortedDictionary<string, int>>(erasure.Counts)!; // written below
        await sealing.SealAsync(ct); // what older versions wrote in clear is encrypted, before the key goes
        foreach (var table in tables.All.Where(table => table.Erase is not null))
            while (await EraseSomeAsync(erasureId, table, person, counts, ct) == PersonalTable.BatchSize) { }
        await FinishAsync(erasure, person, counts, ct);
        keys.Forget(person.Id);
    }

    private async Task<int> EraseSomeAsync(Guid erasureId, PersonalTable table, ErasedPerson person, SortedDictionary<string, int> counts, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var erased = await table.Erase!(db, person, ct); // the caller asked
        var name = NameOf(table);
        counts[name] = counts.GetValueOrDefault(name) + erased;
        var (json, until) = (JsonSerializer.Serialize(counts), clock.GetUtcNow() + Claim);
        if (await db.Erasures.Where(e => e.Id == erasureId && e.State == ErasureState.Running).ExecuteUpdateAsync(e => e.SetProperty(x => x.Counts, json).SetProperty(x => x.ClaimedUntil, until), ct) != 1)
            throw new InvalidOperationException("The deletion was taken over or is done.");
        await transaction.CommitAsync(ct);
        return erased;
    }

    private async Task FinishAsync(Erasure erasure, ErasedPerson person, SortedDictionary<string, int> counts, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        await auditKeys.ChainAsync(db, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == person.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct) != 1) throw new InvalidOperationException("The person is gone already.");
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == person.Id, ct);
        counts["PersonKeys"] = counts.GetValueOrDefault("PersonKeys") + await db.PersonKeys.Where(k => k.Id == person.Id).ExecuteDeleteAsync(ct);
        counts["Users"] = await db.Users.Where(u => u.Id == person.Id).ExecuteDeleteAsync(ct);

        var certificate = await CertifyAsync(erasure, counts, now, ct);
        if (user.EmailConfirmed) mail.Add(MailKinds.ErasureDone, user, new Dictionary<string, object> { ["provider"] = links.Provider, ["time"] = now, ["certificate"] = certificate }, TimeSpan.FromDays(3));
        audit.Record("person.erased", "erasure", erasure.Id.ToString(), new { userId = person.Id, rows = counts.Values.Sum() });
        await db.SaveChangesAsync(ct);
        var json = JsonSerializer.Serialize(counts);
        if (await db.Erasures.Where(e => e.Id == erasure.Id && e.State == ErasureState.Running).ExecuteUpdateAsync(e => e.SetProperty(x => x.State, ErasureState.Done).SetProperty(x => x.CompletedAt, now)
                .SetProperty(x => x.ClaimedUntil, (DateTimeOffset?)null).SetProperty(x => x.Counts, json).SetProperty(x => x.Certificate, certificate), ct) != 1)
            throw new InvalidOperationException("The deletion was taken over or is done.");
        await transaction.CommitAsync(CancellationToken.None);
    }

    private async Task<string> CertifyAsync(Erasure erasure, SortedDictionary<string, int> counts, DateTimeOffset now, CancellationToken ct)
    {
        var chain = await db.AuditChains.AsNoTracking().SingleAsync(ct);
        using var key = auditKeys.Open(chain);
        var emptied = tables.All.Where(table => table is { Erase: not null, Why: not null }).Select(NameOf).ToHashSet();
        return key.Sign(CertificateType, new
        {
            iss = configuration["Issuer"], iat = now.ToUnixTimeSeconds(), erasure = erasure.Id, person = erasure.UserId, erasure.RequestedAt, requestedBy = erasure.RequestedBy is null ? "person" : "administrator",
            startedAt = erasure.StartedAt, completedAt = now,
            deleted = counts.Where(count => !emptied.Contains(count.Key)).ToDictionary(), emptied = counts.Where(count => emptied.Contains(count.Key)).ToDictionary(),
            kept = tables.All.Where(table => table is { Erase: null, RefersToPeople: true } && table.Entity != typeof(Users.User)).ToDictionary(NameOf, table => table.Why),
            auditChain = new { chain.Number, hash = Convert.ToHexStringLower(chain.Hash) },
        });
    }

    private string NameOf(PersonalTable table) => db.Model.FindEntityType(table.Entity)!.GetTableName()!; // a test holds that the model has each of them
}
