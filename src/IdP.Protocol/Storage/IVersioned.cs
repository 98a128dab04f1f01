namespace IdP.Protocol.Storage;

/// <summary>A row with an optimistic concurrency version: the database context raises it with every change, so a writer that read an older version is refused.</summary>
public interface IVersioned
{
    int Version { get; set; }
}
