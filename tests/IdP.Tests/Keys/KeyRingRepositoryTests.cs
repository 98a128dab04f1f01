using System.Xml.Linq;
using IdP.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Keys;

public sealed class KeyRingRepositoryTests(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => new(Database) { Configuration = null };

    [Test]
    public void Of_two_nodes_that_make_the_same_key_the_first_wins_and_the_other_reads_it()
    {
        var (here, there) = (NewRepository(), NewRepository());
        var before = here.GetAllElements().Count;
        there.GetAllElements();

        here.StoreElement(new XElement("key", new XAttribute("id", "here")), "key-here");
        there.StoreElement(new XElement("key", new XAttribute("id", "there")), "key-there");

        var stored = there.GetAllElements();
        Assert.That(stored, Has.Count.EqualTo(before + 1));
        Assert.That(stored.Last().Attribute("id")!.Value, Is.EqualTo("here")); // stored just above
        Assert.That(Server.Logs.TakeErrors(), Is.Not.Empty); // the database refused the second, which EF Core logs
    }

    [Test]
    public void A_node_that_has_read_the_others_key_can_add_the_next()
    {
        var (here, there) = (NewRepository(), NewRepository());
        here.GetAllElements();
        here.StoreElement(new XElement("key"), "key-here");
        var before = there.GetAllElements().Count;

        there.StoreElement(new XElement("key"), "key-there");

        Assert.That(here.GetAllElements(), Has.Count.EqualTo(before + 1));
    }

    [Test]
    public void Every_revocation_is_kept()
    {
        var (here, there) = (NewRepository(), NewRepository());
        var before = here.GetAllElements().Count;
        there.GetAllElements();

        here.StoreElement(new XElement("revocation"), $"revocation-{Guid.CreateVersion7()}");
        there.StoreElement(new XElement("revocation"), $"revocation-{Guid.CreateVersion7()}");

        Assert.That(here.GetAllElements(), Has.Count.EqualTo(before + 2));
    }

    private KeyRingRepository NewRepository() => new KeyRingRepository(Server.Services.GetRequiredService<IServiceScopeFactory>());
}
