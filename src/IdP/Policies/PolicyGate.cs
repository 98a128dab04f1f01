using System.Collections.Concurrent;
using IdP.Data;
using IdP.Http;
using IdP.Sessions;
using IdP.SignIn;
using Microsoft.AspNetCore.Http;

namespace IdP.Policies;

/// <summary>What stands between a session and an app.</summary>
/// <param name="PageUrl">Local address of the page that deals with it.</param>
public sealed record PolicyObstacle(PolicyAnswer Answer, string PageUrl);

/// <summary>Asks the policies about a session on the way to an app, and keeps what was decided; where nothing was asked, once a day (<see cref="Passages"/>).</summary>
public sealed class PolicyGate(IdpDbContext db, PolicyCheck policies, EnrolmentGraces graces, GateNotes notes, Passages passages, MailFactor mailFactor, TimeProvider clock)
{
    /// <summary>Where refusals are explained to people.</summary>
    public const string RefusedPath = "/signin/refused";

    internal const int PolicyVersion = 1;

    /// <param name="startedAt">When the request arrived for the first time: what was shown after it is fresh.</param>
    public async Task<PolicyObstacle?> FindAsync(SignedInPerson person, string clientId, DateTimeOffset startedAt, string returnUrl, HttpContext http, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var judged = await policies.JudgeAsync(person, clientId, startedAt - person.AuthenticatedAt, now, http, ct);
        if (judged.Allows)
        {
            await graces.StartAsync(judged, ct);
            // The decision that began the session for this app was about it, too.
            if (startedAt > person.AuthenticatedAt) passages.Note(person, clientId, judged, http);
            return null;
        }

        if (notes.IsNew(person.SessionId, clientId, judged.Outcome, now))
        {
            var decision = SignInDecisions.New(http, now, clientId, person.UserId, person.AuthenticationMethods, person.IdentityProvider, PolicyVersion);
            decision.Judged(judged);
            (decision.SessionId, decision.Outcome) = (person.SessionId, judged.Outcome);
            db.SignInDecisions.Add(decision);
            await db.SaveChangesAsync(ct);
        }
        var target = Uri.EscapeDataString(returnUrl);
        return new(judged.Verdict.Answer, judged.Verdict.Answer switch
        {
            PolicyAnswer.Ask => StepUpUrl(clientId, target),
            PolicyAnswer.Enrol when judged.Verdict.Demand is FactorDemand.Mfa && await mailFactor.IsPossibleAsync(person, ct) => StepUpUrl(clientId, target),
            PolicyAnswer.Repeat => $"/signin?returnUrl={target}",
            var refused => RefusedUrl(refused, returnUrl, http),
        });
    }

    private static string StepUpUrl(string clientId, string target) => $"/signin/stepup?app={Uri.EscapeDataString(clientId)}&returnUrl={target}";

    public static string RefusedUrl(PolicyAnswer answer, string returnUrl, HttpContext http) => RefusedUrl(answer is PolicyAnswer.Enrol ? "factor" : "place", returnUrl, http);

    /// <summary>For a sign-in that ended blocked, in one of the two ways.</summary>
    public static string RefusedUrl(SignInOutcome outcome, string returnUrl, HttpContext http) => RefusedUrl(outcome is SignInOutcome.BlockedByRisk ? "unusual" : "place", returnUrl, http);

    private static string RefusedUrl(string why, string returnUrl, HttpContext http) => $"{RefusedPath}?why={why}&trace={http.TraceId()}&returnUrl={Uri.EscapeDataString(returnUrl)}";
}

/// <summary>Apps ask silently every few seconds; the same answer to the same session is kept once in a while.</summary>
public sealed class GateNotes
{
    private const int MaxNotes = 10_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<(Guid, string, SignInOutcome), DateTimeOffset> _notes = new();

    public bool IsNew(Guid sessionId, string clientId, SignInOutcome outcome, DateTimeOffset now)
    {
        if (_notes.Count >= MaxNotes) _notes.Clear();
        var key = (sessionId, clientId, outcome);
        var last = _notes.GetOrAdd(key, DateTimeOffset.MinValue);
        return now - last >= Interval && _notes.TryUpdate(key, now, last);
    }
}
