using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Storage;

/// <summary>The statement that every code, refresh token and reference token begins with, translated once for the life of the server.</summary>
internal sealed class TokenQueries
{
    /// <summary>The token of a handle with its grant, tracked; by the handle's hash.</summary>
    public Func<DbContext, string, CancellationToken, Task<GrantToken?>> ByReference { get; } = EF.CompileAsyncQuery((DbContext db, string reference, CancellationToken ct) =>
        db.Set<GrantToken>().Include(t => t.Grant).FirstOrDefault(t => t.ReferenceId == reference));
}
