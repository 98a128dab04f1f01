using System.Globalization;
using IdP.Access;
using IdP.Policies;
using IdP.Risk;
using Microsoft.AspNetCore.Http;

namespace IdP.UI.Console.Policies;

/// <summary>A policy as it stands in the form: numbers as they were typed, so that a mistake is shown again and not changed.</summary>
public sealed record PolicyForm(string Name, SignInPolicySettings Settings, string MaxAge, string RememberDays, string EnrolmentGraceDays)
{
    public static PolicyForm Of(string name, SignInPolicySettings settings) => new(name, settings, Text(settings.MaxAge), Text(settings.RememberDays), Text(settings.EnrolmentGraceDays));

    /// <summary>What is no number becomes -1, which the rules refuse by name.</summary>
    public static PolicyForm Read(string name, IFormCollection form)
    {
        var (maxAge, rememberDays, graceDays) = (form["maxAge"].ToString().Trim(), form["rememberDays"].ToString().Trim(), form["enrolmentGraceDays"].ToString().Trim());
        return new(name, new()
        {
            Description = form["description"].ToString().Trim() is { Length: > 0 } description ? description : null,
            Enabled = form["enabled"] == "true",
            Organizations = Names(form, "organizations"),
            Groups = Names(form, "groups"),
            Clients = Names(form, "clients"),
            Factors = Choice<FactorDemand>(form, "factors"),
            MaxAge = Number(maxAge),
            Networks = [.. Lines(form["networks"].ToString())],
            Outside = Choice<OutsideNetworks>(form, "outside"),
            RememberDays = Number(rememberDays),
            EnrolmentGraceDays = Number(graceDays) ?? 0,
            RiskNewDevice = Choice<RiskAnswer>(form, "newDevice"),
            RiskNewNetwork = Choice<RiskAnswer>(form, "newNetwork"),
            RiskImpossibleTravel = Choice<RiskAnswer>(form, "impossibleTravel"),
            RiskManyFailures = Choice<RiskAnswer>(form, "manyFailures"),
            RiskListedAddress = Choice<RiskAnswer>(form, "listedAddress"),
        }, maxAge, rememberDays, graceDays);
    }

    /// <summary>Everything said about a field, entries of a list included.</summary>
    public static string? ErrorOf(Failure? failure, string field) =>
        failure?.All.Where(f => f.Field?.Split('[')[0] == field).Select(f => f.Message).ToList() is { Count: > 0 } messages ? string.Join(" ", messages) : null;

    /// <summary>The ticked ones, and those that were typed because not all fit into a list of boxes.</summary>
    private static List<string> Names(IFormCollection form, string field) => [.. form[field].OfType<string>().Concat(Lines(form[field + "More"].ToString())).Distinct(StringComparer.Ordinal)];

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static T Choice<T>(IFormCollection form, string field) where T : struct, Enum => Enum.TryParse<T>(form[field], out var value) && Enum.IsDefined(value) ? value : default;

    private static int? Number(string text) => text.Length == 0 ? null : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
