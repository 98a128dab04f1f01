namespace Load;

/// <summary>What one connection does again and again: requests, and null wherever a unit of the scenario is complete.</summary>
internal delegate IEnumerable<byte[]?> Script(Client client);

/// <summary>What is measured, the same for every subject that has it.</summary>
/// <param name="PrepareAsync">Gets what the scenario needs (tokens, sessions) and answers the script of each connection.</param>
internal sealed record Scenario(string Name, Func<Subject, int, Task<IReadOnlyList<Script>>> PrepareAsync)
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("discovery", (subject, connections) => Everyone(connections, Simple.Get(subject, "/.well-known/openid-configuration"))),
        new("jwks", (subject, connections) => Everyone(connections, Simple.Get(subject, "/.well-known/openid-configuration/jwks"))),
        new("cc-rs256", (subject, connections) => Everyone(connections, Simple.ClientCredentials(subject, BenchClients.Service))),
        new("cc-es256", (subject, connections) => Everyone(connections, Simple.ClientCredentials(subject, BenchClients.ServiceEs256))),
        new("cc-reference", (subject, connections) => Everyone(connections, Simple.ClientCredentials(subject, BenchClients.ServiceReference))),
        new("introspection", (subject, connections) => Simple.IntrospectionAsync(subject, BenchClients.ServiceReference, connections)),
        new("introspection-jwt", (subject, connections) => Simple.IntrospectionAsync(subject, BenchClients.Service, connections)),
        new("userinfo", Simple.UserInfoAsync),
        new("refresh", Journeys.RefreshAsync),
        new("sign-in", Journeys.SignInAsync) { IsHeavy = true },
        new("sso", (subject, connections) => Journeys.WithSessionAsync(subject, connections, exchange: true)),
        new("sso-authorize", (subject, connections) => Journeys.WithSessionAsync(subject, connections, exchange: false)),
        new("user-search", Journeys.UserSearchAsync),
    ];

    /// <summary>Tens of milliseconds each: fewer connections, and fewer units to count statements.</summary>
    public bool IsHeavy { get; private init; }

    public int ConnectionsOf(LoadOptions options) => IsHeavy ? Math.Max(1, options.Connections / 4) : options.Connections;

    private static Task<IReadOnlyList<Script>> Everyone(int connections, Script script) => Task.FromResult<IReadOnlyList<Script>>([.. Enumerable.Repeat(script, connections)]);
}
