using Microsoft.Extensions.Time.Testing;

namespace IdP.Protocol.Tests.Keys;

/// <summary>A migrated database without keys for each test, and as many nodes on it as the test wants.</summary>
[TestFixtureSource(typeof(Databases), nameof(Databases.All))]
public abstract class KeyTest(DatabaseKind kind)
{
    private readonly List<Node> _nodes = [];
    private TestDatabase? _database;

    protected TestDatabase Database => _database ?? throw new InvalidOperationException("The database lives from set-up to tear-down.");

    protected FakeTimeProvider Clock { get; private set; } = new();

    [SetUp]
    public async Task CreateDatabaseAsync()
    {
        Clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        _database = await TestDatabase.CreateAsync(kind);
        await Node.MigrateAsync(_database);
    }

    [TearDown]
    public async Task DropDatabaseAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        _nodes.Clear();
        if (_database is not null) await _database.DisposeAsync();
    }

    private protected async Task<Node> StartNodeAsync() => Keep(await Node.StartAsync(Database, Clock));

    private protected Node BuildNode() => Keep(Node.Build(Database, Clock));

    private Node Keep(Node node)
    {
        _nodes.Add(node);
        return node;
    }
}
