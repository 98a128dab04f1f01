using IdP.Credentials;
using IdP.Data;
using IdP.Policies;
using IdP.SignIn;
using IdP.Users;
using Microsoft.AspNetCore.Http;

namespace IdP.Recovery.Rescue;

/// <summary>What somebody has to do who was let in without their own proof.</summary>
public abstract record RescueStep
{
    /// <summary>A second factor that they have is asked for: nothing says that it is lost.</summary>
    public sealed record ShowFactor(Factors Factors) : RescueStep;

    /// <summary>They set something new: a passkey, or what is named here.</summary>
    /// <param name="MayBePassword">Whether a new password will do.</param>
    /// <param name="NeedsApp">Whether only together with an authenticator app.</param>
    public sealed record SetNew(bool MayBePassword, bool NeedsApp) : RescueStep;

    /// <summary>Whoever let them in may not do so any more.</summary>
    public sealed record Over : RescueStep;

    /// <summary>A policy does not let the person in.</summary>
    public sealed record Blocked(SignInOutcome Outcome) : RescueStep;
}

/// <summary>
/// Decides what comes next on the way of a pass or an approval, from the account, the policies and what was shown so far, anew at every request: no order of forms leads past a step. A pass stands in for the password
/// alone. A second factor is asked for unless it counts as lost, and then whatever is set must be as strong as it was.
/// </summary>
public sealed class RescueSteps(IdpDbContext db, PolicyCheck policies, HelpDesk desk, TimeProvider clock)
{
    public async Task<RescueStep> NextAsync(PendingLogin login, HttpContext http, CancellationToken ct)
    {
        if (!await desk.MayStillHelpAsync(login.RescuedBy, login.UserId, ct)) return new RescueStep.Over();
        var factors = await db.FactorsOfAsync(login.UserId, ct);
        var isShown = login.Methods.Contains("mfa");
        if (factors.Any && !login.ReplacesFactors && !isShown) return new RescueStep.ShowFactor(factors);

        // Whatever is asked for can be set here; what is left are policies that let nobody in.
        var judged = await policies.JudgeAsync(new PolicyInputs
        {
            At = clock.GetUtcNow(), UserId = login.UserId, ClientId = login.ClientId, Methods = login.Methods, Address = http.Connection.RemoteIpAddress?.ToString(), KnownDevice = login.DeviceId is not null, HasPasskey = true,
        }, ct, login);
        if (judged.Verdict.Answer is PolicyAnswer.Block) return new RescueStep.Blocked(judged.Outcome);
        var demand = judged.Verdict.Demand;
        return new RescueStep.SetNew(MayBePassword: demand is not FactorDemand.PhishingResistant || login.Methods.Contains("pop"), NeedsApp: !isShown && (factors.Any || demand is not FactorDemand.Any));
    }
}
