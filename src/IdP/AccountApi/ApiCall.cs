using IdP.Data;
using IdP.Protocol.LocalApi;
using IdP.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.AccountApi;

/// <summary>A request that <see cref="ApiDoor"/> has let in: whose account it is for, and which app sends it.</summary>
internal sealed record ApiCall(Guid UserId, ApiCaller Caller)
{
    public static ApiCall Of(HttpContext http) => http.Features.Get<ApiCall>()!; // every endpoint stands behind the door

    /// <summary>The person in the session that the token comes from; null when it comes from none, or that has ended in this moment.</summary>
    public async Task<SignedInPerson?> PersonAsync(IdpDbContext db, CancellationToken ct)
    {
        if (Caller.SessionId is not { } id) return null;
        var session = await db.Sessions.AsNoTracking().Include(s => s.User).FirstOrDefaultAsync(s => s.Id == id && s.UserId == UserId && s.EndedAt == null, ct);
        // When and how they have shown who they are is what the token says; the session may have gone on for other apps since. What they may administer is nothing here.
        return session?.User is not { } user ? null : new(user.Id, session.Id, user.DisplayName, user.UserName ?? "", Caller.AuthenticatedAt ?? session.AuthenticatedAt, session.AuthenticationMethods, session.IdentityProvider, Roles: [],
            PasswordChangeReason: null);
    }
}

/// <summary>What an endpoint asks of whoever calls it.</summary>
/// <param name="Scope">Of the access token; null where no access token can be had any more, and the token of a deletion is asked for.</param>
/// <param name="RecentProof">Whether the person must have shown shortly before who they are, as on the pages that change the same.</param>
/// <param name="ChangesPassword">Whether it is there for people who must choose a new password first.</param>
internal sealed record ApiRule(string? Scope, bool RecentProof = false, bool ChangesPassword = false);
