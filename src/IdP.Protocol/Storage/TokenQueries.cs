using IdP.Protocol.Grants;
using Microsoft.EntityFrameworkCore;

namespace IdP.Protocol.Storage;

/// <summary>The statements that presented tokens begin with, translated once for the life of the server.</summary>
internal sealed class TokenQueries
{
    /// <summary>The token of a handle with its grant, tracked; by the handle's hash.</summary>
    public Func<DbContext, string, CancellationToken, Task<GrantToken?>> ByReference { get; } = EF.CompileAsyncQuery((DbContext db, string reference, CancellationToken ct) =>
        db.Set<GrantToken>().Include(t => t.Grant).FirstOrDefault(t => t.ReferenceId == reference));

    /// <summary>Whether the access token with this <c>jti</c>, which has no row, was revoked.</summary>
    public Func<DbContext, string, CancellationToken, Task<bool>> IsRevoked { get; } = EF.CompileAsyncQuery((DbContext db, string tokenId, CancellationToken ct) => db.Set<RevokedToken>().Any(t => t.TokenId == tokenId));
}
