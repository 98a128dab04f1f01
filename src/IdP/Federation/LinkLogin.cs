using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Federation;

/// <summary>
/// Connects an upstream identity to the account that has its address, once the account's password is shown. The proof counts for the one account,
/// provider and subject sealed in this browser's cookie, once, and fails into the same lockout as every password.
/// </summary>
public sealed class LinkLogin(IdpDbContext db, PasswordSignIn signIn, Upstreams upstreams, AuditLog audit, Actor actor, TimeProvider clock)
{
    internal const string AuditAction = "user.login_linked";

    /// <returns>As <see cref="PasswordSignIn"/>; <see cref="SignInOutcome.UpstreamRefused"/> when this identity opens nothing any more.</returns>
    public async Task<SignInAnswer> ExecuteAsync(ExternalIdentity identity, string password, HttpContext http, CancellationToken ct)
    {
        if (identity.ProofOf is not { } userId || !identity.EmailVerified || upstreams.Find(identity.Provider) is not { } upstream || !upstream.Admits(identity)) return new(SignInOutcome.UpstreamRefused);
        var spent = ExternalSignIn.Spend(identity, clock);
        if (await db.RevokedTokens.AnyAsync(t => t.TokenId == spent.TokenId, ct)
            || await db.UserLogins.AnyAsync(l => l.LoginProvider == identity.Provider && l.ProviderKey == identity.Subject, ct)) return new(SignInOutcome.UpstreamRefused);

        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        var userName = await db.Users.Where(u => u.Id == userId).Select(u => u.UserName).FirstOrDefaultAsync(ct) ?? "";
        try
        {
            return await signIn.ExecuteAsync(userName, password, identity.ClientId, http, ct, proven: user =>
            {
                if (user.Id != userId) throw new InvalidOperationException("The account was renamed while its password was checked.");
                db.UserLogins.Add(NewLink(userId, identity, upstreams));
                db.RevokedTokens.Add(spent);
                audit.Record(AuditAction, "user", userId.ToString(), new { identity.Provider }, userId);
            });
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return new(SignInOutcome.UpstreamRefused); // another tab was faster
        }
    }

    internal static IdentityUserLogin<Guid> NewLink(Guid userId, ExternalIdentity identity, Upstreams upstreams) => new()
    {
        UserId = userId, LoginProvider = identity.Provider, ProviderKey = identity.Subject, ProviderDisplayName = upstreams.Find(identity.Provider)?.DisplayName,
    };
}
