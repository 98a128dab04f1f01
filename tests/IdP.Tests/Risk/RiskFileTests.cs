using System.Diagnostics;
using System.Net;
using IdP.Policies;
using IdP.Risk;
using IdP.SignIn;
using IdP.Tests.SignIn;
using NUnit.Framework;

namespace IdP.Tests.Risk;

/// <summary>Signals that are found in the operator's files.</summary>
public sealed class RiskFileTests(DatabaseKind database) : RiskTest(database)
{
    /// <summary>Home is in Berlin, the neighbour's network in Potsdam, elsewhere in New York, and of somewhere only half of the earth is known.</summary>
    private const string Potsdam = "198.51.100.4", NewYork = Elsewhere, Somewhere = "2001:db8::5", Nowhere = "2001:db9::5", Listed = "203.0.113.66";

    private readonly string folder = Directory.CreateTempSubdirectory("idp-risk-").FullName;

    /// <summary>Asked for before the server starts, which reads the files.</summary>
    protected override ServerSettings Settings => (File.Exists(InFolder("listed.txt")) ? this : WriteFiles()).Own;

    private ServerSettings Own => base.Settings with
    {
        More = new Dictionary<string, string>(base.Settings.More) { ["Risk:GeoIpFile"] = InFolder("cities.mmdb"), ["Risk:AutonomousSystemsFile"] = InFolder("systems.mmdb"), ["Risk:ListedAddressesFile"] = InFolder("listed.txt") },
    };

    private RiskFileTests WriteFiles()
    {
        File.WriteAllBytes(InFolder("cities.mmdb"), MmdbWriter.Write("Test-City", new Dictionary<string, Dictionary<string, object>>
        {
            ["192.0.2.0/24"] = Place(52.52, 13.40, 20), ["198.51.100.0/24"] = Place(52.39, 13.06, 20), ["203.0.113.0/24"] = Place(40.71, -74.01, 20), ["2001:db8::/32"] = Place(40.71, -74.01, 6300),
        }));
        File.WriteAllBytes(InFolder("systems.mmdb"), MmdbWriter.Write("Test-ASN", new Dictionary<string, Dictionary<string, object>>
        {
            ["192.0.2.0/24"] = new() { ["autonomous_system_number"] = 64500u }, ["198.51.100.0/24"] = new() { ["autonomous_system_number"] = 64500u },
        }));
        File.WriteAllText(InFolder("listed.txt"), $"# people we know too well\n\n{Listed} # one\n2001:db8:bad::/48\n");
        return this;
    }

    [OneTimeTearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public async Task Nobody_is_in_another_part_of_the_world_within_an_hour_and_everybody_may_be_the_next_day()
    {
        var (person, browser) = await AddSeenAsync("impossibleTravel-block");
        Server.Clock.Advance(TimeSpan.FromHours(1));

        Move(browser, NewYork);
        var soon = await browser.BeginAsync(person);
        var decision = await LastDecisionAsync(person);
        Move(browser, Potsdam);
        var near = await browser.BeginAsync(person);
        Server.Clock.Advance(TimeSpan.FromHours(8));
        Move(browser, NewYork);
        var later = await browser.BeginAsync(person);

        Assert.That((string[])[soon.Url.AbsolutePath, near.Url.AbsolutePath, later.Url.AbsolutePath], Is.EqualTo((string[])["/signin/refused", "/account", "/account"]));
        Assert.That((decision.Outcome, SignalsOf(decision)), Is.EqualTo((SignInOutcome.BlockedByRisk, (RiskSignal[])[RiskSignal.NewNetwork, RiskSignal.ImpossibleTravel])));
        Assert.That(PolicyInputs.FromJson(decision.Inputs)!.Risk!.Travel, Has.Property("Kilometres").InRange(6300, 6400).And.Property("Hours").InRange(0.99, 1.05));
    }

    [TestCase(Somewhere)]
    [TestCase(Nowhere)]
    public async Task What_the_file_does_not_know_well_is_no_signal(string address)
    {
        var (person, browser) = await AddSeenAsync("impossibleTravel-block");

        Move(browser, address);
        var page = await browser.BeginAsync(person);

        Assert.That((page.Url.AbsolutePath, SignalsOf(await LastDecisionAsync(person))), Is.EqualTo(("/account", (RiskSignal[])[RiskSignal.NewNetwork])));
    }

    [Test]
    public async Task In_another_network_of_the_same_provider_a_person_is_known()
    {
        var (person, browser) = await AddSeenAsync("newNetwork-block");

        Move(browser, Potsdam);
        var same = await browser.BeginAsync(person);
        var decision = await LastDecisionAsync(person);
        Move(browser, NewYork);
        var other = await browser.BeginAsync(person);

        Assert.That((same.Url.AbsolutePath, decision.Network, other.Url.AbsolutePath), Is.EqualTo(("/account", "AS64500", "/signin/refused")));
    }

    [Test]
    public async Task A_listed_address_is_refused_also_with_a_passkey()
    {
        var person = await AddMailPersonAsync();
        await Server.AddAppAsync(person);
        using var authenticator = new SoftwareAuthenticator(Server.Origin);
        using var browser = BrowserAt(Home);
        await browser.TypeCodeAsync(await browser.BeginAsync(person), Server.Code());
        await browser.AddPasskeyAsync(authenticator);
        await JoinAsync(person, "listedAddress-block");

        Move(browser, Listed);
        var byPassword = await browser.BeginAsync(person);
        using var stranger = BrowserAt("2001:db8:bad:1::1");
        var byKey = await stranger.FollowAsync(await stranger.AnswerPasskeyAsync(await stranger.GetAsync("/signin"), authenticator));
        var decision = await LastDecisionAsync(person);
        Move(stranger, Home);
        var home = await stranger.AnswerPasskeyAsync(await stranger.GetAsync("/signin"), authenticator);

        Assert.That((byPassword.Url.AbsolutePath, byKey.Url.AbsolutePath, home.Location?.AbsolutePath), Is.EqualTo(("/signin/refused", "/signin/refused", "/account")));
        Assert.That((decision.Outcome, SignalsOf(decision)), Is.EqualTo((SignInOutcome.BlockedByRisk, (RiskSignal[])[RiskSignal.NewDevice, RiskSignal.NewNetwork, RiskSignal.ListedAddress])));
    }

    [Test]
    public async Task Whoever_goes_to_a_listed_address_between_password_and_code_is_refused_there()
    {
        var (person, browser) = await AddSeenAsync("listedAddress-block", withApp: true, from: NewYork);
        var asked = await browser.BeginAsync(person);

        Move(browser, Listed);
        var refused = await browser.FollowAsync(await browser.TypeCodeAsync(asked, Server.Code()));

        Assert.That((asked.Url.AbsolutePath, refused.Url.AbsolutePath), Is.EqualTo(("/signin/factor", "/signin/refused")), "it is the same network, so nothing else is looked at again");
    }

    [Test]
    public async Task A_changed_list_counts_soon_and_a_broken_one_leaves_the_former()
    {
        const string late = "203.0.113.200";
        var (person, browser) = await AddSeenAsync("listedAddress-block", from: late);

        await File.AppendAllTextAsync(InFolder("listed.txt"), late + "\n");
        await FollowedAsync("was read again");
        var after = await browser.BeginAsync(person);
        await File.AppendAllTextAsync(InFolder("listed.txt"), "no address\n");
        await FollowedAsync("no address and no network on line 6");
        var still = await browser.BeginAsync(person);
        WriteFiles();
        await FollowedAsync("was read again", times: 2);
        var again = await browser.BeginAsync(person);

        Assert.That((after.Url.AbsolutePath, still.Url.AbsolutePath, again.Url.AbsolutePath), Is.EqualTo(("/signin/refused", "/signin/refused", "/account")));
        Assert.That(Server.Logs.TakeErrors(), Has.Count.EqualTo(1), "said once, however often it is looked at");
    }

    [Test]
    public async Task The_console_says_in_plain_words_what_was_unusual()
    {
        var (person, browser) = await AddSeenAsync("impossibleTravel-block");
        Move(browser, NewYork);
        await browser.BeginAsync(person);
        using var owner = Server.NewBrowser();
        await owner.SignInAsync(await owner.GetAsync("/signin?returnUrl=/console"), TestUsers.Root.UserName, TestUsers.Root.Password);

        var page = await owner.GetAsync("/console/decisions?trace=" + (await LastDecisionAsync(person)).TraceId);

        Assert.That(WebUtility.HtmlDecode(page.Body), Does.Contain("Too unusual").And.Contain("lets nobody in on the signal: too far from the last sign-in for the time between").And.Contain("at least 6,").And.Contain("a network the person has not signed in from in the last 90 days"));
    }

    private async Task FollowedAsync(string said, int times = 1)
    {
        for (var i = 0; i < 100 && Server.Logs.Entries.Count(entry => entry.Message.Contains(said, StringComparison.Ordinal)) < times; i++)
        {
            Server.Clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(50);
        }
        Assert.That(Server.Logs.Entries.Count(entry => entry.Message.Contains(said, StringComparison.Ordinal)), Is.GreaterThanOrEqualTo(times));
    }

    private string InFolder(string name) => Path.Combine(folder, name);

    private static Dictionary<string, object> Place(double latitude, double longitude, ushort radius) =>
        new() { ["city"] = new Dictionary<string, object> { ["names"] = new Dictionary<string, object> { ["en"] = "Somewhere with a name of more than twenty-nine letters" } }, ["location"] = new Dictionary<string, object> { ["accuracy_radius"] = radius, ["latitude"] = latitude, ["longitude"] = longitude } };
}

/// <summary>The list itself, without a server.</summary>
public sealed class AddressListTests
{
    private readonly string file = Path.GetTempFileName();

    [TearDown]
    public void Delete() => File.Delete(file);

    [TestCase("192.0.2.7", "192.0.2.7", true)]
    [TestCase("192.0.2.7", "::ffff:192.0.2.7", true)]
    [TestCase("192.0.2.7", "192.0.2.8", false)]
    [TestCase("192.0.2.0/24", "192.0.2.255", true)]
    [TestCase("192.0.2.0/24", "192.0.3.0", false)]
    [TestCase("0.0.0.0/0", "203.0.113.1", true)]
    [TestCase("0.0.0.0/0", "2001:db8::1", false)]
    [TestCase("::/0", "2001:db8::1", true)]
    [TestCase("2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true)]
    [TestCase("2001:db8::/32", "2001:db9::", false)]
    [TestCase("255.255.255.255", "255.255.255.255", true)]
    [TestCase("192.0.0.0/8\n192.0.2.7\n10.0.0.0/8", "192.0.2.6", false)]
    [TestCase("192.0.0.0/16\n192.0.2.0/24\n10.0.0.0/8", "192.0.200.1", true)]
    public void An_address_is_found_in_what_is_listed_and_nowhere_else(string list, string address, bool expected)
    {
        File.WriteAllText(file, list.Replace("192.0.0.0/8", "# not this one", StringComparison.Ordinal));

        Assert.That(AddressList.Read(file).Contains(IPAddress.Parse(address)), Is.EqualTo(expected));
    }

    [TestCase("192.0.2.1/24")]
    [TestCase("10")]
    [TestCase("192.0.2.0/33")]
    [TestCase("::ffff:192.0.2.1")]
    [TestCase("fe80::1%1")]
    [TestCase("host.example.com")]
    [TestCase("192.0.2.1 192.0.2.2")]
    public void A_line_that_is_no_address_is_named_by_its_number(string line)
    {
        File.WriteAllText(file, $"\n# comment\n192.0.2.1\n{line}\n");

        Assert.That(() => AddressList.Read(file), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("on line 4:"));
    }

    [Test]
    public void A_million_lines_are_read_and_each_look_up_takes_microseconds()
    {
        var random = new Random(7);
        var bytes = new byte[4];
        string[] addresses = [.. Enumerable.Range(0, AddressList.MaxEntries).Select(_ =>
        {
            random.NextBytes(bytes);
            return new IPAddress(bytes).ToString();
        })];
        File.WriteAllLines(file, addresses);
        var list = AddressList.Read(file);
        IPAddress[] asked = [.. addresses.Take(100_000).Select(IPAddress.Parse)];

        var began = Stopwatch.GetTimestamp();
        var found = asked.Count(list.Contains);
        var each = Stopwatch.GetElapsedTime(began) / asked.Length;
        File.AppendAllText(file, "192.0.2.1\n");

        Assert.That((found, each), Is.EqualTo((asked.Length, each)));
        Assert.That(each, Is.LessThan(TimeSpan.FromMicroseconds(20)));
        Assert.That(() => AddressList.Read(file), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("line 1000001"));
    }

    [Test]
    public void A_file_of_another_kind_is_no_file_of_places_and_neither_is_half_a_file()
    {
        var systems = MmdbWriter.Write("Test-ASN", new Dictionary<string, Dictionary<string, object>> { ["192.0.2.0/24"] = new() { ["autonomous_system_number"] = 64500u } });
        File.WriteAllBytes(file, systems);

        Assert.That(() => AddressFacts.ReadPlaces(file), Throws.InstanceOf<InvalidDataException>().With.Message.EqualTo("holds no places"));
        Assert.That(AddressFacts.ReadSystems(file).SystemOf(IPAddress.Parse("192.0.2.9")), Is.EqualTo(64500));
        foreach (var length in (int[])[0, 10, systems.Length / 2, systems.Length - 5])
        {
            File.WriteAllBytes(file, systems[..length]);
            Assert.That(() => AddressFacts.ReadSystems(file), Throws.InstanceOf<InvalidDataException>(), $"{length} bytes");
        }
    }
}
