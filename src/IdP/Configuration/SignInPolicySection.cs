using IdP.Audit;
using IdP.Data;
using IdP.Policies;
using IdP.Risk;
using Microsoft.EntityFrameworkCore;

namespace IdP.Configuration;

/// <summary>Reads <c>signInPolicies</c>.</summary>
internal sealed class SignInPolicySection(IdpDbContext db, KnownPolicyNames known, CreateSignInPolicy create, UpdateSignInPolicy update)
{
    public async Task ReadAsync(ObjectReader file, Draft draft, CancellationToken ct)
    {
        var entries = draft.Named(file, "signInPolicies", "name");
        if (entries.Count == 0) return;
        var stored = await db.SignInPolicies.AsNoTracking().ToDictionaryAsync(p => p.Name, StringComparer.Ordinal, ct);
        foreach (var (name, json) in entries) await ReadAsync(name, json, stored.GetValueOrDefault(name), draft, ct);
    }

    private async Task ReadAsync(string name, ObjectReader json, SignInPolicy? stored, Draft draft, CancellationToken ct)
    {
        var settings = stored is null ? new() : SignInPolicySettings.From(stored);
        json.OptionalText("description", value => settings.Description = value);
        json.Flag("enabled", value => settings.Enabled = value);
        json.Texts("organizations", value => settings.Organizations = value);
        json.Texts("groups", value => settings.Groups = value);
        json.Texts("clients", value => settings.Clients = value);
        json.Choice<FactorDemand>("factors", value => settings.Factors = value);
        json.OptionalNumber("maxAge", value => settings.MaxAge = value);
        json.Texts("networks", value => settings.Networks = value);
        json.Choice<OutsideNetworks>("outside", value => settings.Outside = value);
        json.OptionalNumber("rememberDays", value => settings.RememberDays = value);
        json.Number("enrolmentGraceDays", value => settings.EnrolmentGraceDays = value);
        if (json.Object("risk") is { } risk)
        {
            risk.Choice<RiskAnswer>("newDevice", value => settings.RiskNewDevice = value);
            risk.Choice<RiskAnswer>("newNetwork", value => settings.RiskNewNetwork = value);
            risk.Choice<RiskAnswer>("impossibleTravel", value => settings.RiskImpossibleTravel = value);
            risk.Choice<RiskAnswer>("manyFailures", value => settings.RiskManyFailures = value);
            risk.Choice<RiskAnswer>("listedAddress", value => settings.RiskListedAddress = value);
            risk.Finish();
        }
        json.Finish();

        var names = await known.AmongAsync(settings, ct);
        names = new(With(names.Organizations, draft.Organizations), With(names.Groups, draft.Groups), With(names.Clients, draft.Clients));
        draft.Log.AddRules(json.Path, PolicyRules.Check(name, settings, names));
        draft.Add(stored is null
            ? Step.Create(json.Path, $"sign-in policy {name}", ct => create.ExecuteAsync(name, settings, ct))
            : Step.Update(json.Path, $"sign-in policy {name}", Change.Between(SignInPolicySettings.From(stored), settings).Select(change => change.ToString()), ct => update.ExecuteAsync(name, stored.Version, settings, ct)));
    }

    private static HashSet<string> With(IReadOnlySet<string> stored, HashSet<string> drafted) => [.. stored, .. drafted];
}
