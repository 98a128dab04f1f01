using System.Net;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Hosting;

/// <summary>A server that cannot start says why in one sentence that names the setting, on standard error, and ends. Most settings are tried in this process: starting one costs two seconds.</summary>
public sealed class RefusedStartTests
{
    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("idp-start-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [TestCase("Issuer", "", "Issuer is not set")]
    [TestCase("Issuer", "id.example.com", "Issuer is not a valid address")]
    [TestCase("Issuer", "https://id.example.com/?a=b", "Issuer is not a valid address")]
    [TestCase("Issuer", "http://id.example.com", "Issuer must be https")]
    [TestCase("KeyProtection__Secret", "", "KeyProtection:Secret is not set")]
    [TestCase("KeyProtection__Secret", "not base64!", "KeyProtection:Secret is not base64")]
    [TestCase("KeyProtection__Secret", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "KeyProtection:Secret is too weak")]
    [TestCase("KeyProtection__Secret", "c2hvcnQ=", "KeyProtection:Secret is too weak")]
    [TestCase("Database__Provider", "Oracle", "Database:Provider")]
    [TestCase("ConnectionStrings__IdP", "nonsense", "ConnectionStrings:IdP")]
    [TestCase("ConnectionStrings__IdP", "Data Source=:memory:", "ConnectionStrings:IdP needs a file")]
    [TestCase("ConnectionStrings__IdP", "Data Source=nowhere/idp.db", "run 'IdP.Server migrate'")]
    [TestCase("Sessions__IdleLifetime", "eight hours", "Sessions:IdleLifetime")]
    [TestCase("Sessions__IdleLifetime", "2.00:00:00", "Sessions:IdleLifetime")]
    [TestCase("Passkeys__AttestationRoots", "/no/such/file.pem", "Passkeys:AttestationRoots needs Passkeys:Attestation")]
    [TestCase("Sessions__AccountsPerBrowser", "11", "Sessions:AccountsPerBrowser")]
    [TestCase("Sessions__MaxPerPerson", "-1", "Sessions:MaxPerPerson")]
    [TestCase("Passwords__Iterations", "0", "Passwords:Iterations")]
    [TestCase("Passwords__History", "25", "Passwords:History")]
    [TestCase("Passwords__MaxAge", "00:00:01", "Passwords:MaxAge")]
    [TestCase("Passwords__BreachedHashesPath", "/nowhere/hashes.txt", "Passwords:BreachedHashesPath: /nowhere/hashes.txt is not there.")]
    [TestCase("Passwords__BreachedHashesPath", "/etc/passwd", "Passwords:BreachedHashesPath: /etc/passwd has a line that is not 40 upper-case hex digits")]
    [TestCase("Passwords__BreachedMinCount", "0", "Passwords:BreachedMinCount")]
    [TestCase("Passwords__BreachService", "http://breaches.example.com", "Passwords:BreachService must be an https address")]
    [TestCase("Passwords__BreachService", "https://user:secret@breaches.example.com", "Passwords:BreachService must be an https address")]
    [TestCase("Passwords__BreachServiceTimeout", "00:01:00", "Passwords:BreachServiceTimeout")]
    [TestCase("Lockout__MaxFailures", "0", "Lockout:MaxFailures")]
    [TestCase("Lockout__MaxFailuresPerOrganization", "9", "Lockout:MaxFailuresPerOrganization must be 0 or at least ten times Lockout:MaxFailures")]
    [TestCase("Lockout__Window", "00:00:00", "Lockout:Window must be between 1 second and 1 day.")]
    [TestCase("Lockout__SourceWindow", "-00:05:00", "Lockout:SourceWindow must be between 1 second and 1 day.")]
    [TestCase("Audit__SealInterval", "00:00:00", "Audit:SealInterval must be between one second and one hour")]
    [TestCase("Export__Lifetime", "31.00:00:00", "Export:Lifetime must be between one hour and 30 days")]
    [TestCase("PersonalAccessTokens__MaxLifetime", "1.00:00:00", "PersonalAccessTokens:MaxLifetime must be between 7 and 3650 days.")]
    [TestCase("PersonalAccessTokens__MaxPerPerson", "0", "PersonalAccessTokens:MaxPerPerson must be between 1 and 1000.")]
    [TestCase("Erasure__GracePeriod", "00:30:00", "Erasure:GracePeriod must be between one hour and 90 days")]
    [TestCase("Risk__ManyFailures", "0", "Risk:ManyFailures")]
    [TestCase("Recovery__TemporaryPassLifetime", "00:01:00", "Recovery:TemporaryPassLifetime must be between 10 minutes")]
    [TestCase("Recovery__MaxTemporaryPassLifetime", "4.00:00:00", "Recovery:MaxTemporaryPassLifetime must be between 10 minutes and 3 days")]
    [TestCase("SignIn__MailAsSecondFactor", "true", "SignIn:MailAsSecondFactor needs mail")]
    [TestCase("Recovery__Supervised", "true", "Recovery:Supervised needs mail")]
    [TestCase("Risk__MaxSpeedKmh", "1", "Risk:MaxSpeedKmh")]
    [TestCase("Risk__GeoIpFile", "/nowhere/cities.mmdb", "Risk:GeoIpFile: /nowhere/cities.mmdb is not there.")]
    [TestCase("Risk__GeoIpFile", "/etc/passwd", "Risk:GeoIpFile: /etc/passwd is no file in MaxMind DB format, or damaged.")]
    [TestCase("Risk__AutonomousSystemsFile", "/etc", "Risk:AutonomousSystemsFile: /etc is not there.")]
    [TestCase("Risk__ListedAddressesFile", "/etc/passwd", "Risk:ListedAddressesFile: /etc/passwd has no address and no network on line 1:")]
    [TestCase("KeyManagement__AnnounceWindow", "00:00:00", "KeyManagement:AnnounceWindow")]
    [TestCase("ReverseProxy__KnownProxies", "proxy.example.com", "ReverseProxy:KnownProxies")]
    [TestCase("Authentication__Google__ClientId", "id-without-secret", "Authentication:Google:ClientSecret")]
    [TestCase("Configuration__File", "nowhere.json", "Configuration:File")]
    [TestCase("ASPNETCORE_URLS", "localhost", "ASPNETCORE_URLS")]
    [TestCase("ASPNETCORE_URLS", "http://192.0.2.1:5000", "ASPNETCORE_URLS")]
    public async Task A_wrong_setting_stops_the_start_with_its_name(string name, string value, string sentence)
    {
        await using var database = await MigratedDatabases.CopyAsync(DatabaseKind.Sqlite);
        var key = name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) ? name["ASPNETCORE_".Length..].ToLowerInvariant() : name.Replace("__", ":", StringComparison.Ordinal);

        var (code, text) = await ServerUnderTest.RunCommandAsync(new ServerSettings(DatabaseKind.Sqlite) { More = new Dictionary<string, string> { ["environment"] = "Production", [key] = value } }, database);

        Assert.That(code, Is.EqualTo(1), text);
        Assert.That(text.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(text, Does.StartWith("error: ").And.Contain(sentence).And.Not.Contain("   at "));
    }

    [TestCase("Issuer", "", "Issuer is not set")]
    [TestCase("Database__Provider", "Oracle", "Database:Provider")]
    [TestCase("Sessions__IdleLifetime", "eight hours", "Sessions:IdleLifetime")]
    [TestCase("ASPNETCORE_URLS", "http://192.0.2.1:5000", "ASPNETCORE_URLS")]
    public async Task A_wrong_setting_of_the_environment_ends_the_process_with_one_line(string name, string value, string sentence)
    {
        await using var database = await MigratedDatabases.CopyAsync(DatabaseKind.Sqlite);

        await AssertRefusedAsync(database, sentence, new() { [name] = value });
    }

    [Test]
    public async Task A_busy_port_is_named_with_the_setting_that_changes_it()
    {
        await using var database = await MigratedDatabases.CopyAsync(DatabaseKind.Sqlite);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        var text = await AssertRefusedAsync(database, address, new() { ["ASPNETCORE_URLS"] = address });

        Assert.That(text, Does.Contain("ASPNETCORE_URLS").And.Contain("another program uses this address"));
    }

    /// <summary>Nobody can make files there, not even the superuser that tests may run as.</summary>
    private const string ReadOnlyFolder = "/sys";

    [Test]
    public async Task A_folder_that_cannot_be_written_is_named()
    {
        await using var database = await MigratedDatabases.CopyAsync(DatabaseKind.Sqlite);

        await AssertRefusedAsync(database, "ConnectionStrings:IdP", new() { ["ConnectionStrings__IdP"] = $"Data Source={ReadOnlyFolder}/data/idp.db", ["Database__MigrateAtStart"] = "true" });
        await AssertRefusedAsync(database, "ConnectionStrings:IdP", new() { ["ConnectionStrings__IdP"] = $"Data Source={ReadOnlyFolder}/idp.db", ["Database__MigrateAtStart"] = "true" });
        await AssertRefusedAsync(database, "The folder 'data' cannot be written", new() { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["KeyProtection__Secret"] = "" }, workingDirectory: ReadOnlyFolder);
    }

    [TestCase("Host=127.0.0.1;Port=1;Database=idp;Username=idp;Password=not-to-be-seen;Timeout=3", TestName = "A_database_that_nobody_serves_is_named_without_the_password")]
    [TestCase("Host=no-such-host.invalid;Database=idp;Username=idp;Password=not-to-be-seen;Timeout=3", TestName = "A_database_host_without_an_address_is_named_without_the_password")]
    [TestCase("Host=", TestName = "A_connection_string_without_a_host_is_named")]
    public async Task An_unreachable_database_is_named(string connection)
    {
        await using var database = await MigratedDatabases.CopyAsync(DatabaseKind.Sqlite);

        var text = await AssertRefusedAsync(database, "ConnectionStrings:IdP (PostgreSql) cannot be used", new() { ["Database__Provider"] = "PostgreSql", ["ConnectionStrings__IdP"] = connection });

        Assert.That(text, Does.Not.Contain("not-to-be-seen"));
    }

    [Test]
    public async Task A_database_that_the_server_does_not_have_is_named()
    {
        await using var database = await MigratedDatabases.CopyAsync(DatabaseKind.PostgreSql);

        await AssertRefusedAsync(database, "ConnectionStrings:IdP (PostgreSql) cannot be used", new() { ["ConnectionStrings__IdP"] = database.ConnectionString.Replace(database.Name, "nowhere", StringComparison.Ordinal) });
    }

    [TestCase(DatabaseKind.Sqlite)]
    [TestCase(DatabaseKind.PostgreSql)]
    public async Task An_unmigrated_schema_is_refused_with_the_command_that_mends_it_and_the_command_does(DatabaseKind kind)
    {
        await using var database = await TestDatabase.CreateAsync(kind);

        await AssertRefusedAsync(database, "run 'IdP.Server migrate'", []);
        await using var migrate = await ServerProcess.RunProviderAsync(new ServerSettings(kind), database, folder, ["migrate"]);
        Assert.That(await migrate.WaitAsync(TimeSpan.FromSeconds(60)), Is.Zero, string.Join('\n', migrate.Output));

        await using var server = await ServerProcess.RunProviderAsync(new ServerSettings(kind) { Configuration = null }, database, folder, []);
        Assert.That(() => string.Join('\n', server.Output), Does.Contain("Ready:").After(90_000, 100));
    }

    [TestCase(DatabaseKind.Sqlite)]
    [TestCase(DatabaseKind.PostgreSql)]
    public async Task A_clock_behind_the_newest_key_of_the_database_is_told_apart_from_everything_else(DatabaseKind kind)
    {
        await using var database = await MigratedDatabases.CopyAsync(kind);
        await using (var server = await ServerUnderTest.StartAsync(new ServerSettings(kind) { Configuration = null }))
        {
            await server.WithDatabaseAsync(db => db.SigningKeys.ExecuteUpdateAsync(k => k.SetProperty(x => x.CreatedAt, DateTimeOffset.UtcNow.AddDays(1))));
            await AssertRefusedAsync(server.Database, "The clock of this machine shows", []);
        }
    }

    [Test]
    public async Task A_wrong_configuration_file_stops_the_start_says_where_and_changes_nothing()
    {
        await using var database = await MigratedDatabases.CopyAsync(DatabaseKind.Sqlite);
        var file = Path.Combine(folder, "wrong.json");
        await File.WriteAllTextAsync(file, """{ "groups": [{ "name": "good" }], "clients": [{ "clientId": "a", "allowedGrantTypes": ["magic"] }] }""");

        var text = await AssertRefusedAsync(database, "$.clients[0].allowedGrantTypes[0]", new() { ["Configuration__File"] = file }, lines: 3);

        Assert.That(text, Does.Contain("Configuration:File").And.Contain("changed nothing"));
        await using var connection = database.Connect();
        await connection.OpenAsync();
        await using var count = connection.CreateCommand();
        count.CommandText = "SELECT (SELECT count(*) FROM \"Groups\") + (SELECT count(*) FROM \"Clients\") + (SELECT count(*) FROM \"Users\")";
        Assert.That(Convert.ToInt32(await count.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture), Is.Zero);
    }

    [TestCase(0, "--help")]
    [TestCase(0, "serve", "--help")]
    [TestCase(2, "frobnicate")]
    public async Task The_usage_is_shown_when_asked_for_and_when_the_verb_is_unknown(int code, params string[] arguments)
    {
        await using var database = await MigratedDatabases.CopyAsync(DatabaseKind.Sqlite);
        await using var process = await ServerProcess.RunProviderAsync(new ServerSettings(DatabaseKind.Sqlite), database, folder, arguments);

        Assert.That(await process.WaitAsync(TimeSpan.FromSeconds(30)), Is.EqualTo(code));
        Assert.That(process.Output.Single(), Does.StartWith("Usage: IdP.Server"));
    }

    private async Task<string> AssertRefusedAsync(TestDatabase database, string sentence, Dictionary<string, string> environment, int lines = 1, string? workingDirectory = null)
    {
        await using var process = await ServerProcess.RunProviderAsync(new ServerSettings(database.Kind) { Configuration = null }, database, workingDirectory ?? folder, [], environment);
        var code = await process.WaitAsync(TimeSpan.FromSeconds(60));

        var text = string.Join('\n', process.Output);
        Assert.That(code, Is.EqualTo(1), text);
        Assert.That(text, Does.StartWith("error: ").And.Contain(sentence).And.Not.Contain("   at "));
        Assert.That(process.Output, Has.Count.LessThanOrEqualTo(lines), text);
        return text;
    }
}
