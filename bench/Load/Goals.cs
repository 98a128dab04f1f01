namespace Load;

/// <summary>One line of what the provider is to reach: a figure of this run against its limit.</summary>
internal sealed record Goal(string Sentence, double? Value, double Limit, bool AtLeast, string Unit)
{
    public bool? Met => Value is not { } value ? null : AtLeast ? value >= Limit : value <= Limit;
}

/// <summary>The goals that one run of the benchmark can decide. A figure that was not measured decides nothing.</summary>
internal static class Goals
{
    private const string Ours = "provider, PostgreSQL";
    private const string Peer = "oidc-provider";

    public static IReadOnlyList<Goal> Judge(IReadOnlyList<Cell> cells, Limits? limits, int people)
    {
        Cell? Find(string scenario, string subject) => cells.FirstOrDefault(cell => cell.Scenario == scenario && cell.Subject == subject);
        double? Cpu(string scenario, string subject = Ours) => Find(scenario, subject)?.CpuMs;
        Goal Ratio(string sentence, double? value, double? of, double limit) => new(sentence, value / of, limit, AtLeast: false, "×");

        return
        [
            Ratio("client credentials RS256: CPU against oidc-provider", Cpu("cc-rs256"), Cpu("cc-rs256", Peer), 1.0),
            new("client credentials RS256: CPU of the plain sample against ours", Cpu("cc-rs256", "sample") / Cpu("cc-rs256"), 8, AtLeast: true, "×"),
            Ratio("client credentials ES256: CPU against our RS256", Cpu("cc-es256"), Cpu("cc-rs256"), 0.5),
            Ratio("discovery: CPU against bare Kestrel", Cpu("discovery"), Cpu("discovery", "bare"), 1.3),
            Ratio("JWKS: CPU against bare Kestrel", Cpu("jwks"), Cpu("jwks", "bare"), 1.3),
            Ratio("introspection of a reference token: CPU against oidc-provider", Cpu("introspection"), Cpu("introspection", Peer), 1.2),
            Ratio("introspection of a JWT: CPU against oidc-provider's of a reference token", Cpu("introspection-jwt"), Cpu("introspection", Peer), 1.2),
            Ratio("userinfo: CPU against oidc-provider", Cpu("userinfo"), Cpu("userinfo", Peer), 1.2),
            Ratio("refresh: CPU against oidc-provider", Cpu("refresh"), Cpu("refresh", Peer), 1.5),
            Ratio("password sign-in with code and PKCE: CPU against hash and two signatures alone", Cpu("sign-in"), limits?.Argon2 + 2 * limits?.Rsa, 1.25),
            new("sign-in with an existing session, code exchange included: CPU", Cpu("sso"), 2.5, AtLeast: false, "ms"),
            .. cells.Where(cell => cell.Subject == Subjects.Large).SelectMany(cell => (Goal[])
            [
                Ratio($"{cell.Scenario}: CPU with {people} people and ten times as many tokens against the small database", cell.CpuMs, Cpu(cell.Scenario), 1.2),
                Ratio($"{cell.Scenario}: the database's CPU likewise", cell.DatabaseCpuMs, Find(cell.Scenario, Ours)?.DatabaseCpuMs is > 0.01 and var cost ? cost : null, 1.2),
            ]),
        ];
    }

    /// <summary>Memory in full load counts where a hundred thousand sessions live.</summary>
    public static IReadOnlyList<Goal> Judge(Subject subject, double mostMB) =>
    [
        new($"resident memory when idle, {subject.Name}", subject.IdleMB, 220, AtLeast: false, "MB"),
        .. subject.Name == Subjects.Large ? (Goal[])[new($"most resident memory in full load, {subject.Name}", mostMB, 400, AtLeast: false, "MB")] : [],
    ];

    /// <summary>What the clean-up may do to people who sign in.</summary>
    public static IReadOnlyList<Goal> Judge(CleanUp cleanUp) =>
    [
        new("sign-in with a password while the clean-up runs: p95 against resting", cleanUp.Passwords.Ratio, 1.2, AtLeast: false, "×"),
        new("sign-in with a session while the clean-up runs: p95 against resting", cleanUp.Sessions.Ratio, 1.2, AtLeast: false, "×"),
    ];

    /// <summary>What a storm of sign-ins may do to others.</summary>
    public static IReadOnlyList<Goal> Judge(Storm storm) =>
    [
        new($"client credentials beside {Storm.SignInsPerSecond} sign-ins a second: p95 against alone, {storm.Subject}", storm.Tokens.Ratio, 2, AtLeast: false, "×"),
        new($"refresh beside {Storm.SignInsPerSecond} sign-ins a second: p95 against alone, {storm.Subject}", storm.Refreshes.Ratio, 2, AtLeast: false, "×"),
    ];

    /// <summary>The least that a scenario costs on this machine: the bare web server's answer and the cryptography that must be done.</summary>
    public static double? Floor(string scenario, IReadOnlyList<Cell> cells, Limits? limits)
    {
        double? Bare(string name) => cells.FirstOrDefault(cell => cell.Scenario == name && cell.Subject == "bare")?.CpuMs;
        return scenario switch
        {
            "discovery" or "jwks" or "cc-rs256" => Bare(scenario),
            "cc-es256" => Bare("jwks") + limits?.Ecdsa,
            "cc-reference" or "introspection" or "introspection-jwt" or "userinfo" or "sso-authorize" or "user-search" => Bare("jwks"),
            "refresh" => Bare("jwks") + 2 * limits?.Rsa,
            "sso" => 2 * Bare("jwks") + 2 * limits?.Rsa,
            "sign-in" => limits?.Argon2 + 2 * limits?.Rsa,
            _ => null,
        };
    }
}
