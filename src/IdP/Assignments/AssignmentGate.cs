using IdP.Data;
using IdP.Http;
using IdP.Policies;
using IdP.Protocol.Clients;
using IdP.Sessions;
using IdP.SignIn;
using Microsoft.AspNetCore.Http;

namespace IdP.Assignments;

/// <summary>Stands in front of an app that is for assigned people only, before anything else is asked of the person, and keeps whom it refused.</summary>
public sealed class AssignmentGate(IdpDbContext db, AppAccess access, GateNotes notes, TimeProvider clock)
{
    /// <summary>Where it is explained to people.</summary>
    public const string RefusedPath = "/signin/unassigned";

    /// <returns>Local address of the page that explains it; null for whoever may use the app.</returns>
    public async Task<string?> RefuseAsync(SignedInPerson person, Client app, string returnUrl, HttpContext http, CancellationToken ct)
    {
        if (await access.IsOpenAsync(app, person.UserId, ct)) return null;

        var now = clock.GetUtcNow();
        if (notes.IsNew(person.SessionId, app.ClientId, SignInOutcome.NotAssigned, now))
        {
            var decision = SignInDecisions.New(http, now, app.ClientId, person.UserId, person.AuthenticationMethods, person.IdentityProvider, PolicyGate.PolicyVersion);
            (decision.SessionId, decision.Outcome) = (person.SessionId, SignInOutcome.NotAssigned);
            db.SignInDecisions.Add(decision);
            await db.SaveChangesAsync(ct);
        }
        return $"{RefusedPath}?client_id={Uri.EscapeDataString(app.ClientId)}&trace={http.TraceId()}&returnUrl={Uri.EscapeDataString(returnUrl)}";
    }
}
