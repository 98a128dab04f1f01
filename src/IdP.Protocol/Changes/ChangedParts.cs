namespace IdP.Protocol.Changes;

/// <summary>What of a node's memory a change has made old.</summary>
[Flags]
public enum ChangedParts
{
    None = 0,

    /// <summary>Clients, scopes, APIs, trusted issuers, and what of the product is <see cref="IKeptInMemory"/>.</summary>
    Catalog = 1,

    /// <summary>The signing and encryption keys.</summary>
    Keys = 2,

    All = Catalog | Keys,
}
