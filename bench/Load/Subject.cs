namespace Load;

/// <summary>One running server and what it can be asked.</summary>
/// <param name="Name">As the tables and options call it.</param>
/// <param name="Users">People it knows: user0000 and following.</param>
/// <param name="Database">PostgreSQL's database, when it uses it.</param>
internal sealed record Subject(string Name, ChildProcess Process, Uri Origin, int Users, string? Database, IReadOnlyList<string> Scenarios) : IAsyncDisposable
{
    /// <summary>Who asks the introspection endpoint.</summary>
    public TestClient Introspecting { get; init; } = BenchClients.Api;

    /// <summary>Resident memory before the first request of a scenario.</summary>
    public double IdleMB { get; set; }

    public Uri Token { get; } = new(Origin, "/connect/token");

    public RelyingParty Party(TestClient client) => new(Origin, client.ClientId, client.Secret, client.RedirectUri);

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
