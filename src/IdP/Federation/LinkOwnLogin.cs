using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Mail;
using IdP.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Federation;

/// <summary>
/// Connects an upstream identity with the account of whoever is signed in and asked for it: both sides are shown in the same browser, so the addresses need not be the same. An identity that opens another account
/// stays with that one.
/// </summary>
public sealed class LinkOwnLogin(IdpDbContext db, Upstreams upstreams, Notices.Notices notices, AuditLog audit, TimeProvider clock)
{
    /// <summary>What goes with the person to the provider and back, sealed: it is worth something in this session alone.</summary>
    public static string TicketOf(SignedInPerson person) => $"{person.UserId:N} {person.SessionId:N}";

    public async Task<Outcome<bool>> ExecuteAsync(SignedInPerson person, ExternalIdentity identity, HttpContext http, CancellationToken ct)
    {
        if (identity.LinkTo != TicketOf(person)) return Failure.NotFound("login");
        if (await upstreams.FindByKeyAsync(identity.Provider, ct) is not { } upstream || !upstream.Admits(identity)) return Failure.Conflict("login_refused", "The provider's answer was not accepted.");
        var (now, spent) = (clock.GetUtcNow(), ExternalSignIn.Spend(identity, clock));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == person.UserId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.UpdatedAt, now), ct) == 0) return Failure.NotFound("user");
        if (await db.RevokedTokens.AnyAsync(t => t.TokenId == spent.TokenId, ct)) return Failure.Conflict("login_refused", "The provider's answer was not accepted.");
        if (await db.UserLogins.AnyAsync(l => l.LoginProvider == identity.Provider && l.ProviderKey == identity.Subject, ct))
            return Failure.Conflict("login_taken", "This login is connected with an account already.");

        db.RevokedTokens.Add(spent);
        db.UserLogins.Add(LinkLogin.NewLink(person.UserId, identity, upstream));
        notices.Add(MailKinds.LoginLinked, await db.Users.AsNoTracking().SingleAsync(u => u.Id == person.UserId, ct), http);
        audit.Record(LinkLogin.AuditAction, "user", person.UserId.ToString(), new { Provider = upstream.Name }, person.UserId);
        if (await db.SaveAsync("login", ct) is not null) return Failure.Conflict("login_taken", "This login is connected with an account already."); // in two tabs at once
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
