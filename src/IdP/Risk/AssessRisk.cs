using IdP.Data;
using IdP.PersonalData;
using IdP.Policies;
using IdP.Protocol.Authorize;
using IdP.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Risk;

/// <summary>
/// Finds the signals of a sign-in that is about to begin a session: one statement, whichever signals policies ask for, and all of it through indexes that hold only what one person did. Who
/// has never signed in has nothing to differ from, so to them nothing is new.
/// </summary>
public sealed class AssessRisk(IdpDbContext db, PersonKeys keys, NetworkNames networks, RiskFiles files, IOptions<RiskOptions> options, IOptions<LockoutOptions> lockout)
{
    /// <summary>How long a network stays known after the last sign-in from it.</summary>
    internal static readonly TimeSpan NetworkMemory = TimeSpan.FromDays(90);

    /// <summary>Nearer places are one: files know no better, and providers move addresses about in a country.</summary>
    private const double MinKilometres = 300;

    /// <param name="inputs">The sign-in.</param>
    /// <param name="earlier">What was found when this sign-in began, a page before. It is looked at anew only when the person has come to another network since.</param>
    public async Task<RiskFacts> ExecuteAsync(PolicyInputs inputs, RiskFacts? earlier, CancellationToken ct)
    {
        var network = networks.Of(inputs.Address);
        var isListed = files.Listed is { } list && NetworkNames.Parse(inputs.Address) is { } address && list.Contains(address);
        if (earlier is not null && earlier.Network == network)
            return isListed && !earlier.Signals.Contains(RiskSignal.ListedAddress) ? earlier with { Signals = [.. earlier.Signals, RiskSignal.ListedAddress] } : earlier;

        var history = await ReadAsync(inputs, ct);
        var travel = TravelOf(history, inputs);
        List<RiskSignal> signals = [];
        if (!inputs.KnownDevice && history.SignedInBefore) signals.Add(RiskSignal.NewDevice);
        if (history.LastAt is not null && !history.KnownNetwork) signals.Add(RiskSignal.NewNetwork);
        if (travel is { Kilometres: >= MinKilometres } && travel.Kilometres > options.Value.MaxSpeedKmh * travel.Hours) signals.Add(RiskSignal.ImpossibleTravel);
        var failures = CanBeGuessed(inputs) ? history.Failures : 0;
        if (failures >= options.Value.ManyFailures) signals.Add(RiskSignal.ManyFailures);
        if (isListed) signals.Add(RiskSignal.ListedAddress);
        var facts = new RiskFacts { Signals = signals, Network = network, Failures = failures, Travel = travel };
        return earlier is null ? facts : facts.And(earlier);
    }

    /// <summary>Where failures of others say nothing about the sign-in they are no signal, or any stranger could keep people out: a known browser has a counter of its own, and nobody guesses a key.</summary>
    private static bool CanBeGuessed(PolicyInputs inputs) => !inputs.KnownDevice && !AuthenticationContexts.Of(inputs.Methods).Contains(AuthenticationContexts.PhishingResistant);

    private Travel? TravelOf(History history, PolicyInputs inputs) =>
        files.Places is { } places && history.LastAt is { } lastAt
        && NetworkNames.Parse(history.LastAddress) is { } last && places.PlaceOf(last) is { } from && NetworkNames.Parse(inputs.Address) is { } now && places.PlaceOf(now) is { } to
            ? new(Math.Round(from.CertainKilometresTo(to)), Math.Max(0, (inputs.At - lastAt).TotalHours)) : null;

    private async Task<History> ReadAsync(PolicyInputs inputs, CancellationToken ct)
    {
        var (names, since, recently, most) = (networks.AllOf(inputs.Address), inputs.At - NetworkMemory, inputs.At - lockout.Value.Window, options.Value.ManyFailures);
        // An account that is being made in this very transaction is not there yet.
        var history = await db.Users.AsNoTracking().Where(u => u.Id == inputs.UserId).Select(u => new History
        {
            SignedInBefore = u.LastSignInAt != null,
            KnownNetwork = db.SignInDecisions.Any(d => d.UserId == u.Id && d.Outcome == SignInOutcome.Success && d.At > since && d.Network != null && names.Contains(d.Network)),
            LastAt = db.SignInDecisions.Where(d => d.UserId == u.Id && d.Outcome == SignInOutcome.Success && d.Network != null).OrderByDescending(d => d.At).Select(d => (DateTimeOffset?)d.At).FirstOrDefault(),
            LastId = db.SignInDecisions.Where(d => d.UserId == u.Id && d.Outcome == SignInOutcome.Success && d.Network != null).OrderByDescending(d => d.At).Select(d => d.Id).FirstOrDefault(),
            LastAddress = db.SignInDecisions.Where(d => d.UserId == u.Id && d.Outcome == SignInOutcome.Success && d.Network != null).OrderByDescending(d => d.At).Select(d => d.RemoteAddress).FirstOrDefault(),
            LastPlace = db.SignInDecisions.Where(d => d.UserId == u.Id && d.Outcome == SignInOutcome.Success && d.Network != null).OrderByDescending(d => d.At).Select(d => d.SealedPlace).FirstOrDefault(),
            Key = db.PersonKeys.Where(k => k.Id == u.Id).Select(k => k.ProtectedKey).FirstOrDefault(),
            Failures = db.SignInDecisions.Where(d => d.UserId == u.Id && d.At > recently && !d.KnownDevice
                && (d.Outcome == SignInOutcome.WrongPassword || d.Outcome == SignInOutcome.LockedOut || d.Outcome == SignInOutcome.WrongFactor)).Take(most).Count(),
        }).FirstOrDefaultAsync(ct) ?? new History();
        if (history.Key is null) return history;
        keys.Remember(db, inputs.UserId, history.Key);
        if (files.Places is not null && history.LastPlace is { } place) SignInDecision.PlaceOf(history.LastId, inputs.UserId, null, null, place, _ => { }, values => history.LastAddress = values[0]).OpenWith(keys.Unprotect(inputs.UserId, history.Key));
        return history;
    }

    private sealed class History
    {
        public bool SignedInBefore { get; init; }
        public bool KnownNetwork { get; init; }
        public DateTimeOffset? LastAt { get; init; }
        public Guid LastId { get; init; }
        public string? LastAddress { get; set; }
        public byte[]? LastPlace { get; init; }
        public string? Key { get; init; }
        public int Failures { get; init; }
    }
}
