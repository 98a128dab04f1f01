using System.Data.Common;

namespace IdP.Protocol.Changes;

/// <summary>How the other nodes are told. What is sent inside a transaction must reach them after its commit, and not at all when it is rolled back.</summary>
public interface IChangeSignal
{
    /// <summary>Called once a transaction at most, before its commit.</summary>
    Task SendAsync(DbTransaction transaction, ChangedParts parts, CancellationToken ct);

    /// <summary>The same, for the few that save synchronously.</summary>
    void Send(DbTransaction transaction, ChangedParts parts);
}
