using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;

namespace IdP.Erasures;

/// <summary>What is known of whoever is deleted, while it is known.</summary>
public sealed record ErasedPerson(Guid Id, string? NormalizedUserName, string? NormalizedEmail)
{
    /// <summary>As the protocol's tables have it.</summary>
    public string Subject { get; } = Id.ToString();
}

/// <summary>What a deletion does to one table. Every table is named, also those that refer to nobody, so that a new one is not forgotten (a test holds the list against the model).</summary>
/// <param name="Entity">Whose table it is.</param>
/// <param name="RefersToPeople">Whether rows of it are about people.</param>
/// <param name="Why">What stays, and why; null when nothing does.</param>
/// <param name="Erase">Deletes or empties up to a batch of rows, and says how many; 0 when there are none left.</param>
public sealed record PersonalTable(Type Entity, bool RefersToPeople, string? Why, Func<IdpDbContext, ErasedPerson, CancellationToken, Task<int>>? Erase)
{
    public const int BatchSize = 500;

    /// <summary>A person has few of them, and they go at once.</summary>
    public static PersonalTable Few<T>(Func<IdpDbContext, ErasedPerson, IQueryable<T>> rows) where T : class => new(typeof(T), true, null, (db, person, ct) => rows(db, person).ExecuteDeleteAsync(ct));

    /// <param name="keys">The keys of the rows in a fixed order.</param>
    public static PersonalTable Many<T, TKey>(Func<IdpDbContext, ErasedPerson, IQueryable<TKey>> keys, Func<IdpDbContext, List<TKey>, IQueryable<T>> rows) where T : class => new(typeof(T), true, null, async (db, person, ct) =>
    {
        var some = await keys(db, person).Take(BatchSize).ToListAsync(ct);
        return some.Count == 0 ? 0 : await rows(db, some).ExecuteDeleteAsync(ct);
    });

    /// <summary>The rows stay for the figures, without what they say about the person.</summary>
    public static PersonalTable Emptied<T, TKey>(string why, Func<IdpDbContext, ErasedPerson, IQueryable<TKey>> keys, Func<IdpDbContext, List<TKey>, IQueryable<T>> rows, Action<UpdateSettersBuilder<T>> empty) where T : class => new(typeof(T), true, why, async (db, person, ct) =>
    {
        var some = await keys(db, person).Take(BatchSize).ToListAsync(ct);
        return some.Count == 0 ? 0 : await rows(db, some).ExecuteUpdateAsync(empty, ct);
    });

    public static PersonalTable Special<T>(Func<IdpDbContext, ErasedPerson, CancellationToken, Task<int>> erase) where T : class => new(typeof(T), true, null, erase);

    public static PersonalTable Kept<T>(string why) where T : class => new(typeof(T), true, why, null);

    public static PersonalTable OfNobody<T>() where T : class => new(typeof(T), false, null, null);
}
