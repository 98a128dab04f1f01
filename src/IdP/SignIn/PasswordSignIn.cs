using System.Net;
using IdP.Assignments;
using IdP.Credentials;
using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Links;
using IdP.PersonalData;
using IdP.Policies;
using IdP.Protocol.Clients;
using IdP.Recovery.Passes;
using IdP.Risk;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.SignIn;

/// <summary>
/// Sign-in with user name (or confirmed e-mail address) and password. Unknown, disabled, locked and wrong cost the same work and get the same
/// answer, so the form tells nobody who has an account.
/// </summary>
public sealed class PasswordSignIn(
    IdpDbContext db, PasswordQueue passwords, PresentPassword present, GuessLimits limits, SignInRefusals refusals, FailureCounters counters, OrganizationsOfNames organizations, OrganizationBudget budget, IOptions<LockoutOptions> lockout, PendingLogins pending, CompleteSignIn complete, PolicyCheck policies, AppAccess access, EnrolmentGraces graces, BlockedSignIn blocked,
    TemporaryPasses passes, PersonKeys keys, ILookupNormalizer normalizer, TimeProvider clock, ILogger<PasswordSignIn> logger)
{
    /// <summary>Version of the rules in this file, kept with every decision.</summary>
    private const int PolicyVersion = 7;

    private static readonly string[] Methods = ["pwd"], PassMethods = ["otp"];

    /// <returns>
    /// <see cref="SignInOutcome.Success"/> with the session started, <see cref="SignInOutcome.FactorNeeded"/> with the handle of what has begun, <see cref="SignInOutcome.Busy"/>,
    /// <see cref="SignInOutcome.Blocked"/>, <see cref="SignInOutcome.BlockedByRisk"/> or <see cref="SignInOutcome.EnrolmentNeeded"/> after a right password, <see cref="SignInOutcome.RecoveryNeeded"/> after a right pass, or anything else, which a page must not tell apart.
    /// </returns>
    /// <param name="returnUrl">Local address to go on to after a second factor.</param>
    /// <param name="proven">What else is saved with the session when the password was enough, in the same transaction.</param>
    /// <param name="takesPass">Whether a temporary pass will do in place of the password.</param>
    public async Task<SignInAnswer> ExecuteAsync(string userName, string password, string? clientId, string returnUrl, HttpContext http, CancellationToken ct, Action<User>? proven = null, bool takesPass = false)
    {
        string? handle = null;
        var letters = takesPass ? TemporaryPass.Read(password) : null;
        var answer = await DecideAsync(userName, password, letters, clientId, http, KnownBrowserCookie.Hashes(http), canAskMore: true, isBudgeted: true, async (account, pass, decision, judged) =>
        {
            if (pass is not null)
            {
                if (decision.Outcome is SignInOutcome.RecoveryNeeded) handle = BeginRescue(account, pass, decision, judged, returnUrl, http);
                return;
            }
            if (decision.Outcome is SignInOutcome.FactorNeeded or SignInOutcome.EnrolmentNeeded)
            {
                handle = pending.Add(account.User, Methods, "local", returnUrl, http, login =>
                {
                    login.ClientId = decision.ClientId;
                    login.BeginIn(account.Device, judged.Inputs.Risk);
                    login.AcrValues = [.. judged.Verdict.AcrValues];
                });
                return;
            }
            if (decision.Outcome is not SignInOutcome.Success) return;
            proven?.Invoke(account.User);
            await complete.ExecuteAsync(account.User, Methods, "local", account.Device?.Id, decision, judged, http);
        }, ct);
        return answer with { Handle = handle };
    }

    /// <summary>
    /// The same check for an app that sends the password itself: no session, and no known browser, whose cookies an app could send for anybody. What a
    /// browser would be asked for after the password (a second factor, a new password) cannot be asked here, so a person who owes it is refused.
    /// </summary>
    /// <param name="app">One that has proved who it is: its address is where all of its people come from, so it is neither held up by the budget of an organization nor counted there; an app that is anybody's is.</param>
    /// <remarks>Whether attackers know the password is not looked up for whoever is refused anyway: the time that takes would tell that it was right.</remarks>
    public Task<SignInAnswer> VerifyAsync(string userName, string password, Client app, HttpContext http, CancellationToken ct) =>
        DecideAsync(userName, password, passLetters: null, app.ClientId, http, devices: [], canAskMore: false, isBudgeted: app.IsPublic, async (account, _, decision, judged) =>
        {
            if (decision.Outcome is SignInOutcome.FactorNeeded or SignInOutcome.EnrolmentNeeded || (decision.Outcome is SignInOutcome.Success && decision.PasswordChangeReason is not null)) decision.Outcome = SignInOutcome.MoreNeeded;
            if (decision.Outcome is SignInOutcome.Success && !await access.IsOpenAsync(app, account.User.Id, CancellationToken.None)) decision.Outcome = SignInOutcome.NotAssigned;
            decision.Network = null; // the app's, not the person's
            if (decision.Outcome is SignInOutcome.Success) await graces.StartAsync(judged, CancellationToken.None);
        }, ct);

    private async Task<SignInAnswer> DecideAsync(
        string userName, string password, string? passLetters, string? clientId, HttpContext http, IReadOnlyList<string> devices, bool canAskMore, bool isBudgeted, Func<Account, OneTimeLink?, SignInDecision, PolicyJudgement, Task> proceed, CancellationToken ct)
    {
        var source = http.Connection.RemoteIpAddress;
        // A try is taken before the work and given back unless a password was wrong. Who cannot be somebody known is refused before the database is asked: a storm costs it nothing.
        var taken = devices.Count == 0;
        if (taken && Refuse(source) is { } refused) return refused;
        var counts = false;
        try
        {
            var now = clock.GetUtcNow();
            var found = await FindAsync(userName, devices, source, isBudgeted, now, ct);
            var account = found.Account;
            var (user, device) = (account?.User, account?.Device);
            // A browser the person has used has a counter of its own, and is not held up by what others in its network do.
            if (device is null && !taken)
            {
                if (Refuse(source) is { } late) return late;
                taken = true;
            }
            // By what was typed alone, whoever was named. What is no pass of this person is a password like any other, and counted as one.
            var pass = passLetters is null ? null : await passes.FindAsync(user, passLetters, ct);
            if (found.FullUntil is { } until && pass is null)
            {
                if (found.IsOrganizationFull) await budget.TellAsync(found.OrganizationId!.Value, now, http); // of no organization nothing is full
                return Busy(SignInRefusal.OrganizationFailures, until - now);
            }

            var decision = Describe(user, device, clientId, http, now);
            // A stranger's wrong passwords lock out strangers only, and never whoever has a pass, which nobody guesses.
            var locked = pass is null && (device is null ? user?.LockoutEnd : device.LockedUntil) > now;
            var line = device is null ? PasswordSource.Network(source) : PasswordSource.Person(device.UserId);
            if (pass is not null) decision.Factors = [.. PassMethods];
            var verdict = pass is not null ? PasswordVerificationResult.Success : await passwords.VerifyAsync(locked || user is { Enabled: false } ? null : user, password, line, ct);
            // Nothing was checked, so there is nothing to record: the rows of a storm would be one.
            if (verdict is null) return Busy(SignInRefusal.NoPlace, passwords.RetryAfter);
            decision.Outcome = verdict switch
            {
                _ when user is null => SignInOutcome.UnknownUser,
                _ when !user.Enabled => SignInOutcome.Disabled,
                _ when locked => SignInOutcome.LockedOut,
                PasswordVerificationResult.Failed => SignInOutcome.WrongPassword,
                _ => SignInOutcome.Success,
            };
            counts = decision.Outcome is not SignInOutcome.Success;

            // A missing place in the queue only postpones the upgrade of the hash to the next sign-in.
            var newHash = decision.Outcome is SignInOutcome.Success && verdict is PasswordVerificationResult.SuccessRehashNeeded ? await passwords.HashAsync(user!, password, PasswordSource.Person(user!.Id), ct) : null; // success has a user

            var judged = decision.Outcome is SignInOutcome.Success ? await policies.JudgeAsync(Inputs(account!, decision, pass) with { Postponed = !canAskMore }, ct) : null; // success has a user
            // Only of a right password, and not ended by hanging up: it takes no longer than it may.
            if (decision.Outcome is SignInOutcome.Success && pass is null)
                decision.PasswordChangeReason = canAskMore || judged!.Allows ? await present.JudgeAsync(user!, password, now) : PresentPassword.ReasonOf(user!); // success has a user and was judged

            // From here on the answer is known, so it is recorded even when the browser has gone: hanging up must not save anybody a failure.
            await using (var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None))
            {
                if (decision.Outcome is SignInOutcome.Success && !await (pass is null ? counters.AcceptAsync(user!, device, verdict is PasswordVerificationResult.SuccessRehashNeeded, newHash, decision.PasswordChangeReason, signsIn: judged!.Allows, now) : counters.AcceptPassAsync(user!))) decision.Outcome = SignInOutcome.LockedOut;
                else if (decision.Outcome is SignInOutcome.Success)
                {
                    if (pass is null || judged!.Verdict.Answer is PolicyAnswer.Block) decision.Judged(judged!); // a right password was judged
                    decision.Outcome = pass is null || judged!.Verdict.Answer is PolicyAnswer.Block ? judged!.Outcome : await passes.TakeAsync(pass) ? SignInOutcome.RecoveryNeeded : SignInOutcome.Over;
                    await proceed(account!, pass, decision, judged!);
                    await blocked.NoteAsync(user!, decision, judged!, http);
                }
                // Unknown, disabled and locked write the same statement, which then meets no row.
                else await counters.CountAsync(decision.Outcome is SignInOutcome.WrongPassword ? user!.Id : Guid.Empty, device, now);
                counts = decision.Outcome is not (SignInOutcome.Success or SignInOutcome.MoreNeeded or SignInOutcome.FactorNeeded or SignInOutcome.EnrolmentNeeded or SignInOutcome.RecoveryNeeded or SignInOutcome.NotAssigned) && !decision.Outcome.IsBlocked();
                if (counts && found.OrganizationId is not null) (decision.OrganizationId, decision.Network) = (found.OrganizationId, NetworkNames.PrefixOf(decision.RemoteAddress));
                db.SignInDecisions.Add(decision);
                await db.SaveChangesAsync(CancellationToken.None);
                await transaction.CommitAsync(CancellationToken.None);
            }

            Log.SignInDecided(logger, decision.Outcome, decision.UserId);
            return new SignInAnswer(decision.Outcome, user);
        }
        finally
        {
            if (taken && !counts) limits.GiveBack(source);
        }
    }

    /// <summary>No session: the person sets what is missing first.</summary>
    private string BeginRescue(Account account, OneTimeLink pass, SignInDecision decision, PolicyJudgement judged, string returnUrl, HttpContext http)
    {
        var facts = TemporaryPassFacts.Read(pass);
        return pending.Add(account.User, [], "local", returnUrl, http, login =>
        {
            login.ClientId = decision.ClientId;
            login.BeginIn(account.Device, judged.Inputs.Risk);
            (login.Rescue, login.RescuedBy, login.ReplacesFactors) = (RescueKind.Pass, facts.IssuedBy, facts.LostFactors);
        });
    }

    /// <summary>What no look at the account can change: no place in the line, or no try left for this network.</summary>
    private SignInAnswer? Refuse(IPAddress? source)
    {
        if (!passwords.HasPlaceFor(PasswordSource.Network(source))) return Busy(SignInRefusal.NoPlace, passwords.RetryAfter);
        return limits.TryTake(source) is { } wait ? Busy(SignInRefusal.TooManyFailures, wait) : null;
    }

    private SignInAnswer Busy(SignInRefusal reason, TimeSpan retryAfter)
    {
        refusals.Note(reason);
        return new SignInAnswer(SignInOutcome.Busy, RetryAfter: retryAfter);
    }

    /// <summary>
    /// The account, the browser when it is a known one, which second factors there are, and how many wrong passwords the organization that owns the domain of the name has had, from everywhere and from this network, in one statement,
    /// which is the same for a name that nobody has.
    /// </summary>
    private async Task<Found> FindAsync(string userName, IReadOnlyList<string> devices, IPAddress? source, bool isBudgeted, DateTimeOffset now, CancellationToken ct)
    {
        var name = normalizer.NormalizeName(SignInNames.Clean(userName));
        var max = lockout.Value.OrganizationBudget;
        var organization = max > 0 && isBudgeted ? await organizations.OwnerOfAsync(name, ct) : null;
        // Not null, for which there would be another statement.
        var (owner, network) = (organization ?? Guid.Empty, NetworkNames.PrefixOf(source?.ToString()) ?? "");
        var (since, offset, networkOffset) = (now - lockout.Value.Window, Math.Max(0, max - 1), lockout.Value.MaxFailuresPerOrganizationAndNetwork - 1);
        var rows = await (
            from one in db.Database.SqlQueryRaw<int>("SELECT 1 AS \"Value\"")
            from user in db.Users.Named(name).DefaultIfEmpty()
            from device in db.KnownDevices.Where(d => d.UserId == user!.Id && devices.Contains(d.HandleHash)).DefaultIfEmpty()
            select new
            {
                User = user,
                Device = device,
                HasPasskey = db.UserPasskeys.Any(p => p.UserId == user!.Id),
                HasApp = db.Credentials.Any(c => c.UserId == user!.Id && c.Kind == CredentialKinds.AuthenticatorApp),
                Key = db.PersonKeys.Where(k => k.Id == user!.Id).Select(k => k.ProtectedKey).FirstOrDefault(),
                // The one that fills the budget, or the share of the network, counted from the newest.
                FullAt = db.SignInDecisions.Where(d => d.OrganizationId != null && d.OrganizationId == owner && d.At > since).OrderByDescending(d => d.At).Skip(offset).Select(d => (DateTimeOffset?)d.At).FirstOrDefault(),
                NetworkFullAt = db.SignInDecisions.Where(d => d.OrganizationId != null && d.OrganizationId == owner && d.At > since && d.Network == network).OrderByDescending(d => d.At).Skip(networkOffset).Select(d => (DateTimeOffset?)d.At).FirstOrDefault(),
            }).AsNoTracking().ToListAsync(ct);
        var account = SignInNames.TheOne([.. rows.Where(row => row.User is not null).DistinctBy(row => row.User!.Id).Select(row => new Account(row.User!, row.Device, row.HasPasskey, row.HasApp))], a => a.User, name); // a browser in which one person is known twice is one browser
        if (account is not null) keys.Remember(db, account.User.Id, rows.First(row => row.User?.Id == account.User.Id).Key);
        // A browser that the person is known in has nothing to do with the organization's budget. Nothing else of the account may matter to it: "try later" would tell that there is one.
        if (organization is null || account?.Device is not null) return new(account, null, null, IsOrganizationFull: false);
        var fullAt = rows[0].FullAt > rows[0].NetworkFullAt ? rows[0].FullAt : rows[0].NetworkFullAt ?? rows[0].FullAt; // the same in each row
        return new(account, organization, fullAt + lockout.Value.Window, rows[0].FullAt is not null);
    }

    private static SignInDecision Describe(User? user, KnownDevice? device, string? clientId, HttpContext http, DateTimeOffset now)
    {
        var decision = SignInDecisions.New(http, now, clientId, user?.Id, Methods, "local", PolicyVersion);
        (decision.KnownDevice, decision.FailedCount) = (device is not null, device?.FailedCount ?? user?.AccessFailedCount ?? 0);
        return decision;
    }

    /// <summary>Whoever has a pass is about to set what they do not have: only what lets nobody in stands in their way here.</summary>
    private static PolicyInputs Inputs(Account account, SignInDecision decision, OneTimeLink? pass) =>
        SignInDecisions.InputsOf(decision, account.Device) with { HasPasskey = account.HasPasskey || pass is not null, HasApp = account.HasApp };

    /// <param name="OrganizationId">Whose budget a wrong password counts for; null for nobody's.</param>
    /// <param name="FullUntil">Until when it, or the share of the network in it, is used up.</param>
    /// <param name="IsOrganizationFull">Whether it is the whole of it.</param>
    private sealed record Found(Account? Account, Guid? OrganizationId, DateTimeOffset? FullUntil, bool IsOrganizationFull);

    private sealed record Account(User User, KnownDevice? Device, bool HasPasskey, bool HasApp);
}
