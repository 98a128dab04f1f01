using IdP.Access;
using IdP.Credentials;
using IdP.Credentials.AuthenticatorApps;
using IdP.Credentials.Passkeys;
using IdP.Data;
using IdP.Policies;
using IdP.Risk;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.SignIn;

/// <param name="PostponableUntil">Until when the person may go on without; null for not at all.</param>
public sealed record EnrolmentDemand(FactorDemand Factor, DateTimeOffset? PostponableUntil);

/// <param name="RecoveryCodes">Made with the first factor; shown once.</param>
public sealed record Enrolled(IReadOnlyList<string> RecoveryCodes);

/// <summary>
/// A policy asks for a factor of somebody who has none: it is added between the first factor and the session. Only whoever has no second factor at all may do so; of anybody else the password alone would replace it.
/// </summary>
public sealed class EnrolAtSignIn(
    IdpDbContext db, PolicyCheck policies, EnrolmentGraces graces, PendingLogins pending, AddAuthenticatorApp apps, AddPasskey passkeys, CompleteSignIn complete, BlockedSignIn blocked, Actor actor, TimeProvider clock, ILogger<EnrolAtSignIn> logger)
{
    private const int PolicyVersion = 1;

    /// <returns>What is asked for; null when there is nothing to enrol here.</returns>
    public async Task<EnrolmentDemand?> DemandAsync(PendingLogin login, HttpContext http, CancellationToken ct)
    {
        if (login.SessionId is not null || (await db.FactorsOfAsync(login.UserId, ct)).Any) return null;
        var judged = await policies.JudgeAsync(new PolicyInputs { At = clock.GetUtcNow(), UserId = login.UserId, ClientId = login.ClientId, Methods = login.Methods, Address = http.Connection.RemoteIpAddress?.ToString() }, ct, login);
        if (judged.Verdict.Answer is not PolicyAnswer.Enrol) return null;
        await graces.StartAsync(judged, ct);
        return new(judged.Verdict.Demand, judged.Verdict.PostponableUntil);
    }

    /// <summary>Lets the person in without the factor, as long as every policy that asks for it allows that.</summary>
    /// <returns>False when it does not, or when something changed in this very moment.</returns>
    public async Task<bool> PostponeAsync(PendingLogin login, User user, HttpContext http, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // The person's row before any other, see FactorCounters.
        if (login.SessionId is not null || await db.Users.Where(u => u.Id == login.UserId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.LastSignInAt, clock.GetUtcNow()), ct) == 0 || !await pending.CompleteAsync(login, ct)) return false;
        var decision = SignInDecisions.New(http, clock.GetUtcNow(), login.ClientId, user.Id, login.Methods, login.IdentityProvider, PolicyVersion);
        decision.KnownDevice = login.DeviceId is not null;
        var had = await db.FactorsOfAsync(user.Id, ct);
        var judged = await policies.JudgeAsync(SignInDecisions.InputsOf(decision, device: null) with { KnownDevice = decision.KnownDevice, HasPasskey = had.Passkey, HasApp = had.AuthenticatorApp, Postponed = true }, ct, login);
        if (!judged.Allows) return false; // rolled back: what was begun goes on
        decision.Judged(judged);
        decision.Outcome = judged.Outcome;
        await complete.ExecuteAsync(user, login.Methods, login.IdentityProvider, login.DeviceId, decision, judged, http);
        db.SignInDecisions.Add(decision);
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        Log.SignInDecided(logger, decision.Outcome, decision.UserId);
        return true;
    }

    public OfferedSecret OfferApp(PendingLogin login, User user, string issuer, string? given = null) => apps.Reopen(Person(login, user), issuer, given) ?? apps.Offer(Person(login, user), issuer);

    public async Task<Outcome<Enrolled>> AddAppAsync(PendingLogin login, User user, string? secret, string code, HttpContext http, CancellationToken ct)
    {
        actor.Become(ActorSources.SignIn, user.Id, roles: [], http);
        var outcome = await apps.ConfirmAsync(Person(login, user), secret, code, name: null, ct, login.SecurityStamp);
        if (!outcome.Succeeded(out var added, out var failure)) return failure;
        await BeginAsync(login, FactorMethods.Code, http);
        return new Enrolled(added.RecoveryCodes);
    }

    public Task<PasskeyChallenge?> ChallengeAsync(PendingLogin login, User user, HttpContext http, CancellationToken ct) => passkeys.BeginAsync(Person(login, user), http, ct);

    public async Task<Outcome<Enrolled>> AddPasskeyAsync(PendingLogin login, User user, string credential, string state, HttpContext http, CancellationToken ct)
    {
        actor.Become(ActorSources.SignIn, user.Id, roles: [], http);
        var outcome = await passkeys.ExecuteAsync(Person(login, user), credential, state, name: null, http, ct, login.SecurityStamp);
        if (!outcome.Succeeded(out var added, out var failure)) return failure;
        await BeginAsync(login, PasskeyProof.Methods, http);
        return new Enrolled(added.RecoveryCodes);
    }

    /// <summary>The factor is there and was shown with it. Where that is still not enough, or something changed in this very moment, the person signs in anew.</summary>
    private async Task BeginAsync(PendingLogin login, IReadOnlyList<string> shown, HttpContext http)
    {
        var now = clock.GetUtcNow();
        db.ChangeTracker.Clear(); // what was added is saved
        await using var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None);
        // The person's row before any other, see FactorCounters.
        if (await db.Users.Where(u => u.Id == login.UserId && u.Enabled).ExecuteUpdateAsync(u => u.SetProperty(x => x.LastSignInAt, now), CancellationToken.None) == 0
            || await db.PendingLogins.Where(l => l.Id == login.Id && l.CompletedAt == null).ExecuteUpdateAsync(l => l.SetProperty(x => x.CompletedAt, now), CancellationToken.None) == 0) return;
        var user = await db.Users.AsNoTracking().SingleAsync(u => u.Id == login.UserId, CancellationToken.None);
        var decision = SignInDecisions.New(http, now, login.ClientId, user.Id, [.. login.Methods.Union(shown)], login.IdentityProvider, PolicyVersion);
        decision.KnownDevice = login.DeviceId is not null;
        var judged = await policies.JudgeAsync(SignInDecisions.InputsOf(decision, device: null) with { KnownDevice = decision.KnownDevice, HasPasskey = shown.Contains("pop"), HasApp = shown.Contains("otp") }, CancellationToken.None, login);
        decision.Judged(judged);
        decision.Outcome = judged.Outcome;
        if (judged.Allows) await complete.ExecuteAsync(user, decision.Factors, login.IdentityProvider, login.DeviceId, decision, judged, http, showsFactor: true);
        await blocked.NoteAsync(user, decision, judged, http);
        db.SignInDecisions.Add(decision);
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        Log.SignInDecided(logger, decision.Outcome, decision.UserId);
    }

    /// <summary>Whoever began this login, for what is otherwise done in a session: what is offered is bound to the login instead.</summary>
    internal static SignedInPerson Person(PendingLogin login, User user) => new(user.Id, login.Id, user.DisplayName, user.UserName ?? "", login.CreatedAt, login.Methods, login.IdentityProvider, [], null);
}
