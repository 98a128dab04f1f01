namespace Load;

/// <summary>Everything that a provider does all day at a steady rate: about half of what one processor can do.</summary>
internal static class MixedLoad
{
    private static readonly (string Scenario, int PerSecond, int Connections)[] Parts =
    [
        ("cc-rs256", 100, 16), ("cc-reference", 10, 4), ("introspection", 100, 16), ("introspection-jwt", 100, 16), ("userinfo", 100, 16),
        ("refresh", 30, 16), ("sso", 20, 16), ("sign-in", 3, 4), ("user-search", 10, 4),
    ];

    public static string Description { get; } = string.Join(", ", Parts.Select(part => FormattableString.Invariant($"{part.Scenario} {part.PerSecond}")));

    public static async Task<IReadOnlyList<Flow>> StartAsync(Subject subject)
    {
        List<Flow> flows = [];
        foreach (var (name, perSecond, connections) in Parts)
        {
            var scripts = await Scenario.All.Single(scenario => scenario.Name == name).PrepareAsync(subject, connections);
            flows.Add(new Flow(perSecond, connections, i => new Client(subject.Origin, scripts[i])));
        }
        return flows;
    }
}
