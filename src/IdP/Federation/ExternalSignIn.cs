using IdP.Access;
using IdP.Audit;
using IdP.Credentials;
using IdP.Data;
using IdP.Policies;
using IdP.Protocol.Grants;
using IdP.Risk;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace IdP.Federation;

/// <param name="Handle">When <see cref="ExternalVerdict.FactorNeeded"/>, see <see cref="PendingLogins"/>.</param>
public readonly record struct ExternalAnswer(ExternalVerdict Verdict, string? Handle = null);

public enum ExternalVerdict
{
    SignedIn,

    /// <summary>The person has a second factor here, which the provider's answer does not replace.</summary>
    FactorNeeded,

    /// <summary>The address belongs to an account: its password decides, see <see cref="LinkLogin"/>.</summary>
    ProofNeeded,

    /// <summary>Nobody here has this address, and new accounts are not made this way.</summary>
    NoAccount,

    /// <summary>A policy does not let the person in from there.</summary>
    Blocked,

    /// <summary>It was too unusual.</summary>
    BlockedByRisk,

    /// <summary>A policy asks for a factor that the person does not have.</summary>
    EnrolmentNeeded,

    /// <summary>Everything else; a page does not tell why.</summary>
    Refused,
}

/// <summary>
/// Turns an upstream identity into a session. Only the link (provider, subject) opens an account: an e-mail address, verified or not, never does,
/// because whoever holds the address at the provider need not be the person who has the account here.
/// </summary>
public sealed class ExternalSignIn(
    IdpDbContext db, Upstreams upstreams, SpokenDomains domains, CompleteSignIn complete, PendingLogins pending, PolicyCheck policies, BlockedSignIn blocked, CreateUser create, AuditLog audit, Actor actor, ILookupNormalizer normalizer,
    GuessLimits limits, TimeProvider clock, ILogger<ExternalSignIn> logger)
{
    /// <summary>The provider does not say how it knew the person, so no method of RFC 8176 can be claimed.</summary>
    private static readonly string[] Methods = ["ext"];

    private const int PolicyVersion = 3;

    /// <summary>Of what has begun in this call and lacks a second factor.</summary>
    private string? handle;

    /// <summary>The provider's name in sessions, decisions and logs: that of a provider that is gone or off is unknown.</summary>
    private string provider = UnknownProvider;

    /// <summary>Where an answer names no provider that is switched on.</summary>
    public const string UnknownProvider = "unknown";

    public async Task<ExternalAnswer> ExecuteAsync(ExternalIdentity identity, HttpContext http, CancellationToken ct)
    {
        actor.Become(ActorSources.SignIn, userId: null, roles: [], http);
        (handle, provider) = (null, UnknownProvider);
        var (verdict, outcome, userId) = await DecideAsync(identity, http, ct);
        if (verdict is ExternalVerdict.ProofNeeded)
        {
            await ExternalCookie.RequireProofAsync(http, userId!.Value); // decided on an account
            return new(verdict);
        }

        await ExternalCookie.DiscardAsync(http);
        if (outcome is not (SignInOutcome.Success or SignInOutcome.FactorNeeded or SignInOutcome.EnrolmentNeeded) && !outcome.IsBlocked())
        {
            db.SignInDecisions.Add(Describe(provider, identity.ClientId, outcome, userId, http));
            await db.SaveChangesAsync(ct);
        }
        Log.ExternalSignInDecided(logger, provider, outcome, userId);
        return new(verdict, handle);
    }

    /// <summary>The provider, or the check of its answer, said no: there is no identity to decide about.</summary>
    public async Task RecordRefusalAsync(string provider, string? clientId, HttpContext http, CancellationToken ct)
    {
        Log.ExternalSignInDecided(logger, provider, SignInOutcome.UpstreamRefused, null);
        // Anybody can ask for a refusal as often as they like: beyond what one address may try, the log is enough.
        if (limits.TryTake(http.Connection.RemoteIpAddress) is not null) return;
        db.SignInDecisions.Add(Describe(provider, clientId, SignInOutcome.UpstreamRefused, null, http));
        await db.SaveChangesAsync(ct);
    }

    private async Task<(ExternalVerdict, SignInOutcome, Guid?)> DecideAsync(ExternalIdentity identity, HttpContext http, CancellationToken ct)
    {
        if (await upstreams.FindByKeyAsync(identity.Provider, ct) is not { } upstream) return Refused(SignInOutcome.UpstreamRefused);
        provider = upstream.Name;
        if (!upstream.Admits(identity)) return Refused(SignInOutcome.UpstreamRefused);
        identity = await domains.JudgeAsync(upstream, identity, ct);

        var spent = Spend(identity, clock).TokenId;
        if (await db.RevokedTokens.AnyAsync(t => t.TokenId == spent, ct)) return Refused(SignInOutcome.UpstreamRefused);

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var user = await db.UserLogins.Where(l => l.LoginProvider == identity.Provider && l.ProviderKey == identity.Subject)
            .Join(db.Users, l => l.UserId, u => u.Id, (_, u) => u).AsNoTracking().FirstOrDefaultAsync(ct);
        if (user is null)
        {
            if (!identity.EmailVerified || identity.Email is not { } email) return Refused(SignInOutcome.UpstreamRefused);
            if (await FindOwnerAsync(email, ct) is { } owner) return (ExternalVerdict.ProofNeeded, SignInOutcome.UpstreamRefused, owner);
            if (!upstream.AllowNewUsers) return (ExternalVerdict.NoAccount, SignInOutcome.UnknownUser, null);
            if (!(await CreateAccountAsync(identity, upstream, email, ct)).Succeeded(out user, out var failure))
            {
                Log.AccountNotCreated(logger, provider, failure.Code);
                return Refused(SignInOutcome.UpstreamRefused);
            }
        }
        if (!user.Enabled) return Refused(SignInOutcome.Disabled, user.Id);

        var outcome = await BeginAsync(user, identity, http, ct);
        if (await db.SaveAsync("sign-in", ct) is not null) return Refused(SignInOutcome.UpstreamRefused, user.Id); // in two tabs at once
        await transaction.CommitAsync(CancellationToken.None);
        return (outcome switch
        {
            SignInOutcome.FactorNeeded => ExternalVerdict.FactorNeeded,
            SignInOutcome.Blocked => ExternalVerdict.Blocked,
            SignInOutcome.BlockedByRisk => ExternalVerdict.BlockedByRisk,
            SignInOutcome.EnrolmentNeeded => ExternalVerdict.EnrolmentNeeded,
            _ => ExternalVerdict.SignedIn,
        }, outcome, user.Id);
    }

    /// <summary>The account that has this address, confirmed or not, as its e-mail or as its name.</summary>
    private async Task<Guid?> FindOwnerAsync(string email, CancellationToken ct)
    {
        var (address, name) = (normalizer.NormalizeEmail(email), normalizer.NormalizeName(email));
        return await db.Users.Where(u => u.NormalizedEmail == address || u.NormalizedUserName == name)
            .OrderByDescending(u => u.NormalizedEmail == address && u.EmailConfirmed).ThenBy(u => u.CreatedAt)
            .Select(u => (Guid?)u.Id).FirstOrDefaultAsync(ct);
    }

    private async Task<Outcome<User>> CreateAccountAsync(ExternalIdentity identity, Upstream upstream, string email, CancellationToken ct)
    {
        var settings = new UserSettings { UserName = email, Email = email, EmailVerified = true, Name = identity.Name, GivenName = identity.GivenName, FamilyName = identity.FamilyName, Organizations = identity.Organization is { } organization ? [new(organization, [])] : [] };
        var created = await create.AddAsync(settings, new InitialPassword.None(), enabled: true, ct);
        if (created.Failure is { Kind: FailureKind.Invalid } failure)
        {
            // What people call themselves elsewhere does not decide whether they may come in; the address does.
            foreach (var field in failure.All.Select(f => f.Field))
                if (field == "userName") settings.UserName = $"{upstream.Name}-{identity.Subject}";
                else if (field == "name") settings.Name = null;
                else if (field == "givenName") settings.GivenName = null;
                else if (field == "familyName") settings.FamilyName = null;
            created = await create.AddAsync(settings, new InitialPassword.None(), enabled: true, ct);
        }
        if (!created.Succeeded(out var saved, out var refusal)) return refusal;

        db.UserLogins.Add(LinkLogin.NewLink(saved.User.Id, identity, upstream));
        audit.Record(LinkLogin.AuditAction, "user", saved.User.Id.ToString(), new { Provider = upstream.Name }, saved.User.Id);
        return saved.User;
    }

    private async Task<SignInOutcome> BeginAsync(User user, ExternalIdentity identity, HttpContext http, CancellationToken ct)
    {
        var decision = Describe(provider, identity.ClientId, SignInOutcome.Success, user.Id, http);
        db.SignInDecisions.Add(decision);
        db.RevokedTokens.Add(Spend(identity, clock));
        var (now, device) = (decision.At, await complete.DeviceOfAsync(user.Id, http, ct));
        decision.KnownDevice = device is not null;
        var factors = await db.FactorsOfAsync(user.Id, ct);
        var judged = await policies.JudgeAsync(SignInDecisions.InputsOf(decision, device) with { HasPasskey = factors.Passkey, HasApp = factors.AuthenticatorApp }, ct);
        decision.Judged(judged);
        decision.Outcome = judged.Outcome;
        if (decision.Outcome is SignInOutcome.FactorNeeded or SignInOutcome.EnrolmentNeeded)
            handle = pending.Add(user, Methods, provider, identity.ReturnUrl, http, login =>
            {
                login.ClientId = decision.ClientId;
                login.BeginIn(device, judged.Inputs.Risk);
                login.AcrValues = [.. judged.Verdict.AcrValues];
            });
        await blocked.NoteAsync(user, decision, judged, http);
        if (!judged.Allows) return decision.Outcome;

        await complete.ExecuteAsync(user, Methods, provider, device?.Id, decision, judged, http);
        await db.Users.Where(u => u.Id == user.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.LastSignInAt, now), ct);
        return SignInOutcome.Success;
    }

    /// <summary>An answer of the provider is worth one sign-in: the key of this row is what makes the second one fail.</summary>
    internal static RevokedToken Spend(ExternalIdentity identity, TimeProvider clock) =>
        new() { TokenId = "external:" + identity.Id, ExpiresAt = clock.GetUtcNow() + 2 * ExternalCookie.Lifetime };

    private SignInDecision Describe(string provider, string? clientId, SignInOutcome outcome, Guid? userId, HttpContext http)
    {
        var decision = SignInDecisions.New(http, clock.GetUtcNow(), clientId, userId, Methods, provider, PolicyVersion);
        decision.Outcome = outcome;
        return decision;
    }

    private static (ExternalVerdict, SignInOutcome, Guid?) Refused(SignInOutcome outcome, Guid? userId = null) => (ExternalVerdict.Refused, outcome, userId);
}
