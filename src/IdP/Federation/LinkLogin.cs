using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Sessions;
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
public sealed class LinkLogin(IdpDbContext db, PasswordSignIn signIn, Upstreams upstreams, SpokenDomains domains, AuditLog audit, Actor actor, TimeProvider clock)
{
    /// <summary>The page that <see cref="FinishAsync"/> is called from, with the identity's id in <c>identity</c> and the way on in <c>returnUrl</c>.</summary>
    public const string FinishPath = "/signin/link/finish";

    internal const string AuditAction = "user.login_linked";

    /// <returns>As <see cref="PasswordSignIn"/>; <see cref="SignInOutcome.UpstreamRefused"/> when this identity opens nothing any more.</returns>
    public async Task<SignInAnswer> ExecuteAsync(ExternalIdentity identity, string password, HttpContext http, CancellationToken ct)
    {
        if (identity.ProofOf is not { } userId || await FindUsableAsync(identity, ct) is not { } upstream) return new(SignInOutcome.UpstreamRefused);

        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        var userName = await db.Users.Where(u => u.Id == userId).Select(u => u.UserName).FirstOrDefaultAsync(ct) ?? "";
        try
        {
            return await signIn.ExecuteAsync(userName, password, identity.ClientId, FinishUrl(identity), http, ct, proven: user =>
            {
                if (user.Id != userId) throw new InvalidOperationException("The account was renamed while its password was checked.");
                Add(userId, identity, upstream);
            });
        }
        catch (DbUpdateException e) when (e.IsDuplicate())
        {
            return new(SignInOutcome.UpstreamRefused); // another tab was faster
        }
    }

    /// <summary>After the second factor, which the password led to: the person is signed in, and it is the one that had to be proven.</summary>
    public async Task<bool> FinishAsync(SignedInPerson person, ExternalIdentity identity, HttpContext http, CancellationToken ct)
    {
        if (identity.ProofOf != person.UserId || await FindUsableAsync(identity, ct) is not { } upstream) return false;
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        Add(person.UserId, identity, upstream);
        return await db.SaveAsync("link", ct) is null;
    }

    /// <summary>Where a sign-in goes on that was begun for this identity: its id is in no other browser.</summary>
    private static string FinishUrl(ExternalIdentity identity) => $"{FinishPath}?identity={Uri.EscapeDataString(identity.Id)}&returnUrl={Uri.EscapeDataString(identity.ReturnUrl)}";

    private async Task<Upstream?> FindUsableAsync(ExternalIdentity identity, CancellationToken ct)
    {
        if (await upstreams.FindByKeyAsync(identity.Provider, ct) is not { } upstream || !upstream.Admits(identity) || !(await domains.JudgeAsync(upstream, identity, ct)).EmailVerified) return null;
        var spent = ExternalSignIn.Spend(identity, clock).TokenId;
        return !await db.RevokedTokens.AnyAsync(t => t.TokenId == spent, ct) && !await db.UserLogins.AnyAsync(l => l.LoginProvider == identity.Provider && l.ProviderKey == identity.Subject, ct) ? upstream : null;
    }

    private void Add(Guid userId, ExternalIdentity identity, Upstream upstream)
    {
        db.UserLogins.Add(NewLink(userId, identity, upstream));
        db.RevokedTokens.Add(ExternalSignIn.Spend(identity, clock));
        audit.Record(AuditAction, "user", userId.ToString(), new { Provider = upstream.Name }, userId);
    }

    internal static IdentityUserLogin<Guid> NewLink(Guid userId, ExternalIdentity identity, Upstream upstream) => new()
    {
        UserId = userId, LoginProvider = identity.Provider, ProviderKey = identity.Subject, ProviderDisplayName = upstream.DisplayName,
    };
}
