using IdP.Data;
using IdP.Erasures;
using IdP.PersonalData;
using Microsoft.EntityFrameworkCore;

namespace IdP.Exports;

/// <summary>How the rows of one table come into a copy. Every table that refers to people is named (a test holds the list against the model).</summary>
/// <param name="Secrets">Columns that are left out: who has them could act as the person, or as this provider.</param>
/// <param name="Read">Up to a batch of rows behind a place, in the order of their ids; a table of few rows is read at once.</param>
/// <param name="IsPaged">Whether there can be more than one batch.</param>
public sealed record ExportedTable(Type Entity, IReadOnlyList<string> Secrets, bool IsPaged, Func<IdpDbContext, ErasedPerson, Guid?, CancellationToken, Task<IReadOnlyList<object>>> Read)
{
    public const int BatchSize = 200;

    public static ExportedTable Few<T>(Func<IdpDbContext, ErasedPerson, IQueryable<T>> rows, params string[] secrets) where T : class =>
        new(typeof(T), secrets, false, async (db, person, _, ct) => await rows(db, person).AsNoTracking().ToListAsync(ct));

    /// <param name="rows">Behind the place that is given, in the order of the ids.</param>
    public static ExportedTable Many<T>(Func<IdpDbContext, ErasedPerson, Guid, IQueryable<T>> rows, params string[] secrets) where T : class =>
        new(typeof(T), secrets, true, async (db, person, after, ct) => await rows(db, person, after ?? Guid.Empty).AsNoTracking().Take(BatchSize).ToListAsync(ct));

    /// <summary>Its rows are encrypted, and only what is under the key of this person is this person's.</summary>
    public static ExportedTable Sealed<T>(PersonKeys keys, Func<IdpDbContext, ErasedPerson, Guid, IQueryable<T>> rows, params string[] secrets) where T : class, IHoldsPersonalParts =>
        new(typeof(T), secrets, true, async (db, person, after, ct) =>
        {
            var found = await rows(db, person, after ?? Guid.Empty).AsNoTracking().Take(BatchSize).ToListAsync(ct);
            var own = await keys.ForReadingAsync(db, [person.Id], ct);
            foreach (var part in found.SelectMany(row => row.PersonalParts()).Where(part => part.Sealed is not null && PersonalCipher.KeyIdOf(part.Sealed) == person.Id && own.ContainsKey(person.Id)).ToList()) part.OpenWith(own[person.Id]);
            return found;
        });
}
