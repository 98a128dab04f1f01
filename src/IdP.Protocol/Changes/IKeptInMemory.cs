namespace IdP.Protocol.Changes;

/// <summary>An entity of the product that nodes keep in memory as they do the catalog: saving one makes every node read again.</summary>
public interface IKeptInMemory;
