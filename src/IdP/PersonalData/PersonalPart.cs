namespace IdP.PersonalData;

/// <summary>A row some values of which are one person's, and are stored under that person's key.</summary>
public interface IHoldsPersonalParts
{
    /// <summary>Values that belong together, each with the column that keeps them encrypted.</summary>
    IEnumerable<PersonalPart> PersonalParts();

    /// <summary>Called when the row was read and the key of a part is gone.</summary>
    void MarkErased();
}

/// <param name="Purpose">Which values they are: what was encrypted as one of them is nothing as another.</param>
/// <param name="RowId">Whose row: nor is it in another row.</param>
/// <param name="PersonId">Whose key is used; null when they are no person's and stay as they are.</param>
/// <param name="Clear">The values; null when there are none, or they are encrypted.</param>
/// <param name="Sealed">The same, encrypted.</param>
/// <param name="Seal">Keeps them encrypted, or not at all when there is no key any more, and forgets them in clear.</param>
/// <param name="Open">Puts them back in clear, for showing.</param>
public sealed record PersonalPart(string Purpose, Guid RowId, Guid? PersonId, string?[]? Clear, byte[]? Sealed, Action<byte[]?> Seal, Action<string?[]> Open)
{
    /// <summary>False when it was not encrypted with this key.</summary>
    internal bool OpenWith(byte[] key)
    {
        if (Sealed is null || PersonalCipher.Open(key, Purpose, RowId, Sealed) is not { } values) return false;
        Open(values);
        return true;
    }

    /// <summary>The values in their order; null when all of them are.</summary>
    public static string?[]? Of(params string?[] values) => Array.TrueForAll(values, value => value is null) ? null : values;
}
