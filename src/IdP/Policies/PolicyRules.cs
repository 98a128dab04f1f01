using System.Globalization;
using System.Net;
using IdP.Access;

namespace IdP.Policies;

/// <summary>What a sign-in policy must satisfy, whichever door it comes through.</summary>
public static class PolicyRules
{
    public const int MaxName = 100;

    /// <summary>All are looked at in each sign-in, so there cannot be any number of them.</summary>
    public const int MaxPolicies = 200;

    public const int MaxGraceDays = 90;

    private const int MaxEntries = 200, MinMaxAge = 60, MaxMaxAge = 366 * 24 * 3600;

    public static IReadOnlyList<Failure> Check(string name, SignInPolicySettings settings, PolicyNames known)
    {
        List<Failure> failures = [];
        if (name.Length == 0 || name != name.Trim())
            failures.Add(Failure.Invalid("bad_name", "A policy has a name, and it does not start or end with a space.", "name"));
        TextRules.Check(failures, name, MaxName, "name");
        TextRules.Check(failures, settings.Description, 1000, "description");
        CheckNames(failures, settings.Organizations, known.Organizations, "organizations", "organization");
        CheckNames(failures, settings.Groups, known.Groups, "groups", "group");
        CheckNames(failures, settings.Clients, known.Clients, "clients", "client");
        if (settings.MaxAge is < MinMaxAge or > MaxMaxAge)
            failures.Add(Failure.Invalid("out_of_range", $"Between {MinMaxAge} and {MaxMaxAge} seconds are possible.", "maxAge"));
        if (settings.RememberDays is < 0 or > PolicyEvaluation.MaxRememberDays)
            failures.Add(Failure.Invalid("out_of_range", $"Between 0 and {PolicyEvaluation.MaxRememberDays} days are possible.", "rememberDays"));
        if (settings.Risk.Count > 0 && settings.Clients.Count > 0)
            failures.Add(Failure.Invalid("risk_with_clients", "Risk is judged when a session begins, and a session is for all apps: a policy about risk cannot be limited to some clients.", "risk"));
        if (settings.EnrolmentGraceDays is < 0 or > MaxGraceDays)
            failures.Add(Failure.Invalid("out_of_range", $"Between 0 and {MaxGraceDays} days are possible.", "enrolmentGraceDays"));
        CheckCount(failures, settings.Networks, "networks");
        TextRules.CheckUnique(failures, settings.Networks, "networks");
        for (var i = 0; i < settings.Networks.Count; i++)
            if (ParseNetwork(settings.Networks[i]) is null)
                failures.Add(Failure.Invalid("bad_network", "A network is written as 192.0.2.0/24 or 2001:db8::/32, with zeros behind the prefix.", Indexed("networks", i)));
        return failures;
    }

    /// <summary>Null for anything but a network whose address has no bits behind its prefix: what somebody mistyped must not open more than they meant.</summary>
    public static IPNetwork? ParseNetwork(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IPAddress.TryParse(text.AsSpan(0, slash), out var address) || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix)) return null;
        // "10/8" is 0.0.0.10 to the parser; only four parts are what people mean.
        if (address.IsIPv4MappedToIPv6 || address.ScopeIdOrNone() != 0 || (address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetwork && text.AsSpan(0, slash).Count('.') != 3)) return null;
        return IPNetwork.TryParse(text, out var network) && network.PrefixLength == prefix && network.BaseAddress.Equals(address) ? network : null;
    }

    private static long ScopeIdOrNone(this IPAddress address) => address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? address.ScopeId : 0;

    private static void CheckNames(List<Failure> failures, List<string> names, IReadOnlySet<string> known, string field, string thing)
    {
        CheckCount(failures, names, field);
        TextRules.CheckUnique(failures, names, field);
        for (var i = 0; i < names.Count; i++)
            if (!known.Contains(names[i]))
                failures.Add(Failure.Invalid($"unknown_{thing}", $"There is no {thing} \"{names[i]}\".", Indexed(field, i)));
    }

    private static void CheckCount(List<Failure> failures, List<string> values, string field)
    {
        if (values.Count > MaxEntries) failures.Add(Failure.Invalid("too_many", $"At most {MaxEntries} entries are allowed.", field));
    }

    private static string Indexed(string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]");
}
