using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Storage;

/// <summary>For statements that are written out.</summary>
public static class StoredInstants
{
    /// <summary>An instant in the form in which this database keeps it in a column.</summary>
    public static object InStoredForm<TEntity>(this DbContext db, string property, DateTimeOffset at)
    {
        var column = db.Model.FindEntityType(typeof(TEntity))?.FindProperty(property) ?? throw new InvalidOperationException($"The model has no {typeof(TEntity).Name}.{property}.");
        return column.GetTypeMapping().Converter?.ConvertToProvider(at) ?? at;
    }
}
