using IdP.Data;

namespace IdP.PersonalData;

/// <summary>Puts the personal values of rows that were read back in clear, or marks them as erased where the key is gone. The rows must not be tracked: nothing of this is saved.</summary>
public sealed class OpenPersonalParts(IdpDbContext db, PersonKeys keys)
{
    public async Task<T?> OneAsync<T>(T? row, CancellationToken ct) where T : class, IHoldsPersonalParts
    {
        if (row is not null) await AllAsync([row], ct);
        return row;
    }

    public async Task<IReadOnlyList<T>> AllAsync<T>(IReadOnlyList<T> rows, CancellationToken ct) where T : class, IHoldsPersonalParts
    {
        var parts = rows.SelectMany(row => row.PersonalParts().Where(part => part.Sealed is not null).Select(part => (Row: row, Part: part, Key: PersonalCipher.KeyIdOf(part.Sealed!)))).ToList();
        if (parts.Count == 0) return rows;
        var known = await keys.ForReadingAsync(db, parts.Where(part => part.Key is not null).Select(part => part.Key!.Value), ct);
        foreach (var (row, part, id) in parts)
        {
            if (id is null || !known.TryGetValue(id.Value, out var key) || !part.OpenWith(key)) row.MarkErased();
        }
        return rows;
    }
}
