using IdP.Access;
using IdP.Audit;
using IdP.Data;
using IdP.Mail;
using IdP.Policies;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.Risk;

/// <summary>
/// Somebody showed a right proof and was refused because the sign-in was unusual: the person hears of it, with the link that freezes the account, and so do auditors. Part of the change being made.
/// </summary>
public sealed class BlockedSignIn(IdpDbContext db, Notices.Notices notices, AuditLog audit, Actor actor)
{
    /// <summary>A thief who tries again and again must not fill the person's mailbox.</summary>
    private static readonly TimeSpan BetweenMails = TimeSpan.FromHours(1);

    /// <summary>Does nothing about a decision that came out otherwise.</summary>
    public async Task NoteAsync(User user, SignInDecision decision, PolicyJudgement judged, HttpContext http)
    {
        if (decision.Outcome is not SignInOutcome.BlockedByRisk) return;
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        audit.Record("sign_in.blocked", "user", user.Id.ToString(), new { signals = judged.Inputs.Risk?.Signals });
        var recently = decision.At - BetweenMails;
        if (!await db.SignInDecisions.AnyAsync(d => d.UserId == user.Id && d.At > recently && d.Outcome == SignInOutcome.BlockedByRisk)) notices.Add(MailKinds.SignInBlocked, user, http);
    }
}
