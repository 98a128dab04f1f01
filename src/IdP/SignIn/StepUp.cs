using IdP.Credentials;
using IdP.Credentials.Passkeys;
using IdP.Data;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.SignIn;

/// <summary>Raises a session by the factor that an app or a policy asks for and that it lacks, without asking again for what was shown already.</summary>
public sealed class StepUp(IdpDbContext db, PendingLogins pending, CompleteSignIn complete, PolicyCheck policies, TimeProvider clock)
{
    /// <summary>Whether this person has a factor that, added to what the session began with, reaches one of the classes.</summary>
    public async Task<bool> IsPossibleAsync(SignedInPerson person, IReadOnlyCollection<string> acrValues, CancellationToken ct)
    {
        var factors = await db.FactorsOfAsync(person.UserId, ct);
        return (factors.Passkey && Reaches(person, PasskeyProof.Methods, acrValues)) || (factors.AuthenticatorApp && Reaches(person, FactorMethods.Code, acrValues));
    }

    /// <returns>The handle for the page of the second step; null when the account is gone.</returns>
    public async Task<string?> BeginAsync(SignedInPerson person, IReadOnlyCollection<string> acrValues, string? clientId, string returnUrl, HttpContext http, CancellationToken ct)
    {
        if (await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == person.UserId && u.Enabled, ct) is not { } user) return null;
        var (now, device) = (clock.GetUtcNow(), await complete.DeviceOfAsync(user.Id, http, ct));
        var judged = await policies.JudgeAsync(person, clientId, TimeSpan.Zero, now, http, ct);
        var handle = pending.Add(user, person.AuthenticationMethods, person.IdentityProvider, returnUrl, http, login =>
        {
            (login.ClientId, login.SessionId) = (clientId, person.SessionId);
            login.BeginIn(device);
            login.IsDemanded = judged.Verdict.Answer is PolicyAnswer.Ask or PolicyAnswer.Enrol;
            login.AcrValues = [.. login.IsDemanded ? Demanded(judged, acrValues) : acrValues.Where(AuthenticationContexts.Offered.Contains)]; // of the others none could be reached
        });
        await db.SaveChangesAsync(ct);
        await db.Sessions.Where(s => s.Id == person.SessionId).ExecuteUpdateAsync(s => s.SetProperty(x => x.StepUpAskedAt, now), ct);
        return handle;
    }

    /// <summary>What the policy demands; a passkey instead when the app wants that, too, and the person has one, so that both are asked at once.</summary>
    private static IReadOnlyList<string> Demanded(PolicyJudgement judged, IReadOnlyCollection<string> acrValues) =>
        judged.Inputs.HasPasskey && acrValues.Contains(AuthenticationContexts.PhishingResistant) && !acrValues.Contains(AuthenticationContexts.MultiFactor) ? [AuthenticationContexts.PhishingResistant] : judged.Verdict.AcrValues;

    private static bool Reaches(SignedInPerson person, IReadOnlyList<string> methods, IReadOnlyCollection<string> acrValues) => AuthenticationContexts.AreMet([.. person.AuthenticationMethods, .. methods], acrValues);
}
