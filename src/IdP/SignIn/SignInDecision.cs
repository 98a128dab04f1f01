using IdP.Credentials.Passwords;
using IdP.PersonalData;
using IdP.Risk;
using Microsoft.EntityFrameworkCore;

namespace IdP.SignIn;

/// <summary>One decision about a sign-in with everything it was decided on, so that it can be explained, counted and replayed against a changed policy.</summary>
public sealed class SignInDecision : IHoldsPersonalParts
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public DateTimeOffset At { get; set; }

    /// <summary>The UTC day of <see cref="At"/>: what charts group by.</summary>
    public DateOnly Day { get; set; }

    /// <summary>The person, null when the user name is unknown.</summary>
    public Guid? UserId { get; set; }

    /// <summary>The app the person was on the way to.</summary>
    public string? ClientId { get; set; }

    public Guid? SessionId { get; set; }
    public SignInOutcome Outcome { get; set; }

    /// <summary>Factors presented, as RFC 8176 values.</summary>
    public List<string> Factors { get; set; } = [];

    public string IdentityProvider { get; set; } = "local";

    /// <summary>Whether the browser was one this person used before.</summary>
    public bool KnownDevice { get; set; }

    /// <summary>Why a new password is asked for after this one; null when it may stay, or was not right.</summary>
    public PasswordChangeReason? PasswordChangeReason { get; set; }

    /// <summary>Wrong passwords counted before this attempt.</summary>
    public int FailedCount { get; set; }

    /// <summary>In the database null when the person is known: then it is in <see cref="SealedPlace"/>, as is <see cref="UserAgent"/>.</summary>
    public string? RemoteAddress { get; set; }

    /// <summary>The network of the address, by its name in <see cref="Risk.NetworkNames"/>: in which one a person is known by successes, and of failures that count for <see cref="OrganizationId"/> always the /24 or /48. Null for other failures, and for successes whose address is an app's and not the person's.</summary>
    public string? Network { get; set; }

    /// <summary>The organization whose budget of failures it counts for; null for whatever does not count.</summary>
    public Guid? OrganizationId { get; set; }

    public string? UserAgent { get; set; }

    /// <summary>Version of the sign-in policy that decided.</summary>
    public int PolicyVersion { get; set; }

    /// <summary>What the policies were asked about (<see cref="Policies.PolicyInputs"/>, JSON); null where the proof failed and nothing was left to decide, and in rows of older versions.</summary>
    public string? Inputs { get; set; }

    /// <summary>Which policy asked for what (<see cref="Policies.PolicyReason"/>, JSON); null where none did.</summary>
    public string? Reasons { get; set; }

    public string? TraceId { get; set; }

    /// <summary><see cref="RemoteAddress"/> and <see cref="UserAgent"/> under the key of the person.</summary>
    public byte[]? SealedPlace { get; set; }

    /// <summary><see cref="Inputs"/> and <see cref="Reasons"/> under the key of the person.</summary>
    public byte[]? SealedInputs { get; set; }

    /// <summary>Whether personal values were there and the key to them is gone. Known of rows that were opened.</summary>
    public bool IsErased { get; private set; }

    public void MarkErased() => IsErased = true;

    public IEnumerable<PersonalPart> PersonalParts()
    {
        yield return PlaceOf(Id, UserId, RemoteAddress, UserAgent, SealedPlace, seal => (RemoteAddress, UserAgent, SealedPlace) = (null, null, seal), values => (RemoteAddress, UserAgent) = (values[0], values[1]));
        yield return InputsOf(Id, UserId, Inputs, Reasons, SealedInputs, seal => (Inputs, Reasons, SealedInputs) = (null, null, seal), values => (Inputs, Reasons) = (values[0], values[1]));
    }

    internal static PersonalPart PlaceOf(Guid id, Guid? userId, string? address, string? agent, byte[]? stored, Action<byte[]?> seal, Action<string?[]> open) =>
        new("decision place", id, userId, PersonalPart.Of(address, agent), stored, seal, open);

    internal static PersonalPart InputsOf(Guid id, Guid? userId, string? inputs, string? reasons, byte[]? stored, Action<byte[]?> seal, Action<string?[]> open) =>
        new("decision inputs", id, userId, PersonalPart.Of(inputs, reasons), stored, seal, open);
}

public enum SignInOutcome
{
    Success = 0,
    WrongPassword = 1,
    UnknownUser = 2,
    Disabled = 3,
    LockedOut = 4,

    /// <summary>Too much verification work was waiting, or the network had failed too often: nothing was checked. Kept by older versions only.</summary>
    Busy = 5,

    /// <summary>The upstream provider's answer was refused.</summary>
    UpstreamRefused = 6,

    /// <summary>The password was right, but more is needed than the app can ask for: a new password.</summary>
    MoreNeeded = 7,

    /// <summary>The password, or the upstream provider's answer, was right, and a second factor is asked for.</summary>
    FactorNeeded = 8,

    /// <summary>A wrong code, or a passkey that was not accepted.</summary>
    WrongFactor = 9,

    /// <summary>A code that was right and had been used before.</summary>
    UsedFactor = 10,

    /// <summary>What was begun took too long, belonged to another browser, or was overtaken by a change of the account. Nothing was checked.</summary>
    Over = 11,

    /// <summary>A policy does not let anybody in from there.</summary>
    Blocked = 20,

    /// <summary>A policy wants a fresher proof of who it is than the session has.</summary>
    ProofTooOld = 21,

    /// <summary>A policy asks for a factor that the person does not have.</summary>
    EnrolmentNeeded = 22,

    /// <summary>It was too unusual for a policy, or for what the person can show.</summary>
    BlockedByRisk = 23,

    /// <summary>The app is for assigned people only, and neither the person nor one of their groups is assigned.</summary>
    NotAssigned = 24,

    /// <summary>No sign-in: a session went on to an app and was asked for nothing. Kept once per session, app and day, for replays.</summary>
    Passed = 30,

    /// <summary>The person was let in without their own proof, and sets a new one before anything opens.</summary>
    RecoveryNeeded = 40,

    /// <summary>A passkey whose counter went back (WebAuthn 7.2, step 22): there may be a copy of it.</summary>
    CopiedPasskey = 31,
}

internal static class SignInOutcomeExtensions
{
    /// <summary>Whether everything was right that was shown, and a policy said no.</summary>
    public static bool IsBlocked(this SignInOutcome outcome) => outcome is SignInOutcome.Blocked or SignInOutcome.BlockedByRisk;
}

internal static class SignInDecisionMapping
{
    public static void AddSignInDecisions(this ModelBuilder model) => model.Entity<SignInDecision>(decision =>
    {
        decision.ToTable("SignInDecisions");
        decision.Ignore(d => d.IsErased);
        decision.Property(d => d.ClientId).HasMaxLength(200);
        decision.Property(d => d.IdentityProvider).HasMaxLength(100);
        decision.Property(d => d.RemoteAddress).HasMaxLength(45);
        decision.Property(d => d.UserAgent).HasMaxLength(300);
        decision.Property(d => d.TraceId).HasMaxLength(64);
        decision.HasIndex(d => new { d.Day, d.Outcome });
        decision.HasIndex(d => new { d.UserId, d.At });
        decision.HasIndex(d => d.At);
        decision.HasIndex(d => d.TraceId);
        decision.Property(d => d.Network).HasMaxLength(NetworkNames.MaxLength);
        decision.HasIndex(d => new { d.UserId, d.At }, "IX_SignInDecisions_Apps").HasFilter("\"Outcome\" IN (0, 30) AND \"ClientId\" IS NOT NULL");
        // Only what is looked up by them is in them, so that a person's failures, however many, are not read when the successes are asked for.
        decision.HasIndex(d => new { d.UserId, d.Network, d.At }, "IX_SignInDecisions_Networks").HasFilter("\"Outcome\" = 0 AND \"Network\" IS NOT NULL");
        decision.HasIndex(d => new { d.UserId, d.At }, "IX_SignInDecisions_Successes").HasFilter("\"Outcome\" = 0 AND \"Network\" IS NOT NULL");
        decision.HasIndex(d => new { d.OrganizationId, d.At }).HasFilter("\"OrganizationId\" IS NOT NULL");
    });
}
