using IdP.Data;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace IdP.PersonalData;

/// <summary>Whoever writes an audit entry or a decision, by whatever door: the personal values go into the database encrypted with the key of the person. A new person gets a key with the account.</summary>
public sealed class SealPersonalParts(PersonKeys keys) : SaveChangesInterceptor
{
    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        if (eventData.Context is IdpDbContext db && Clear(db).Count > 0) throw new InvalidOperationException("What holds personal values is saved with SaveChangesAsync.");
        return base.SavingChanges(eventData, result);
    }

    public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is IdpDbContext db) await SealAsync(db, cancellationToken);
        return await base.SavingChangesAsync(eventData, result, cancellationToken);
    }

    private async Task SealAsync(IdpDbContext db, CancellationToken ct)
    {
        foreach (var user in db.ChangeTracker.Entries<User>().Where(e => e.State is EntityState.Added).Select(e => e.Entity.Id).ToList())
            if (!db.PersonKeys.Local.Any(k => k.Id == user)) db.PersonKeys.Add(keys.New(user));
        await SealAsync(db, Clear(db), ct);
    }

    /// <summary>Before the change is saved, for whoever needs to know what will be stored.</summary>
    internal Task SealAsync(IdpDbContext db, IEnumerable<IHoldsPersonalParts> rows, CancellationToken ct) => SealAsync(db, Clear(rows), ct);

    private async Task SealAsync(IdpDbContext db, List<PersonalPart> parts, CancellationToken ct)
    {
        if (parts.Count == 0) return;
        var ids = parts.ConvertAll(part => part.PersonId!.Value); // only those that have one
        var own = db.PersonKeys.Local.Where(k => ids.Contains(k.Id)).ToDictionary(k => k.Id, k => keys.Unprotect(k.Id, k.ProtectedKey));
        var known = await keys.ForWritingAsync(db, ids.Where(id => !own.ContainsKey(id)), ct);
        foreach (var part in parts)
            part.Seal((own.GetValueOrDefault(part.PersonId!.Value) ?? known.GetValueOrDefault(part.PersonId.Value)) is { } key ? PersonalCipher.Seal(key, part.PersonId.Value, part.Purpose, part.RowId, part.Clear!) : null);
    }

    private static List<PersonalPart> Clear(IdpDbContext db) => Clear(db.ChangeTracker.Entries<IHoldsPersonalParts>().Where(e => e.State is EntityState.Added or EntityState.Modified).Select(e => e.Entity));

    private static List<PersonalPart> Clear(IEnumerable<IHoldsPersonalParts> rows) => [.. rows.SelectMany(row => row.PersonalParts()).Where(part => part.Clear is not null && part.PersonId is not null)];
}
