namespace IdP.Testing;

/// <summary>
/// A fixture over HTTP, run on each database unless it has <see cref="OnOneDatabaseAttribute"/>, with one server and one fresh database for its tests. After each test the server's log must be
/// free of errors; a test that provokes one takes it (<see cref="CollectedLogs.TakeErrors"/>).
/// </summary>
[OnDatabases]
public abstract class ServerTest(DatabaseKind database)
{
    private ServerUnderTest? server;

    protected DatabaseKind Database => database;

    protected ServerUnderTest Server => server ?? throw new InvalidOperationException("The server runs from the fixture's set-up to its tear-down.");

    /// <summary>Overridden by fixtures that need another configuration.</summary>
    protected virtual ServerSettings Settings => new(database);

    /// <summary>Another node: a process of its own on the same database, under the issuer of the first.</summary>
    protected Task<ServerProcess> StartOtherNodeAsync() => ServerProcess.StartProviderAsync(
        Settings with { Configuration = null, More = new Dictionary<string, string>(Settings.More) { ["Issuer"] = Server.Origin.GetLeftPart(UriPartial.Authority) } }, Server.Database, LoopbackPort.Free());

    [OneTimeSetUp]
    public async Task StartServerAsync() => server = await ServerUnderTest.StartAsync(Settings);

    [OneTimeTearDown]
    public async Task StopServerAsync()
    {
        if (server is not null) await server.DisposeAsync();
    }

    [TearDown]
    public void NoErrorWasLogged() => Assert.That(Server.Logs.TakeErrors(), Is.Empty, "The server logged errors.");
}
