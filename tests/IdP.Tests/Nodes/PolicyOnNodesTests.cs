using System.Diagnostics;
using IdP.Groups;
using IdP.Policies;
using IdP.Tests.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Nodes;

/// <summary>A policy that is made, changed or deleted on one node counts on the others: at once where the database can tell them, otherwise when what they remember is five seconds old.</summary>
public sealed class PolicyOnNodesTests(DatabaseKind database) : OperationTest(database)
{
    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.Default };

    private TimeSpan Limit => Database is DatabaseKind.PostgreSql ? TimeSpan.FromSeconds(2) : TimeSpan.FromSeconds(15);

    [Test]
    public async Task A_policy_changed_on_one_node_is_in_force_on_another_and_no_grace_begins_anew_there()
    {
        await using var other = await StartOtherNodeAsync();
        var (group, name) = (NewName("group"), NewName("policy"));
        await SucceedAsync((CreateGroup create) => create.ExecuteAsync(group, new GroupSettings(), default));
        var person = await Server.AddPersonAsync();
        await WriteAsync(db => db.GroupMembers.Add(new GroupMember { UserId = person.Id, GroupId = db.Groups.Single(g => g.Name == group).Id }));
        Assert.That(await PathAsync(other.Origin, person), Is.EqualTo(("/account", false)), "and the other node has its policies in memory");

        await SucceedAsync((CreateSignInPolicy create) => create.ExecuteAsync(name, new SignInPolicySettings { Groups = [group], Factors = FactorDemand.Mfa, EnrolmentGraceDays = 7 }, default));
        await UntilAsync("new policy", ("/signin/enrol", true));
        var begun = await StartedAsync();
        var here = await PathAsync(Server.Origin, person);
        await SucceedAsync((UpdateSignInPolicy update) => update.ExecuteAsync(name, 0, new SignInPolicySettings { Groups = [group], Factors = FactorDemand.Mfa }, default));
        await UntilAsync("policy without grace", ("/signin/enrol", false));
        await SucceedAsync((DeleteSignInPolicy delete) => delete.ExecuteAsync(name, 1, default));
        await UntilAsync("deleted policy", ("/account", false));

        Assert.That((here, begun.Count), Is.EqualTo((("/signin/enrol", true), 1)));
        Assert.That(await StartedAsync(), Is.Empty);

        Task<List<DateTimeOffset>> StartedAsync() => ReadAsync(db => db.EnrolmentGraces.Where(g => g.UserId == person.Id).Select(g => g.StartedAt).ToListAsync());

        async Task UntilAsync(string what, (string, bool) expected)
        {
            for (var waited = Stopwatch.StartNew(); await PathAsync(other.Origin, person) is var shown && shown != expected;)
                if (waited.Elapsed > Limit) Assert.Fail($"The other node knows nothing of the {what} after {waited.Elapsed.TotalSeconds:0.0} s: it shows {shown}.");
        }
    }

    /// <summary>Where a right password leads there, and whether the page lets the person go on.</summary>
    private static async Task<(string Path, bool CanWait)> PathAsync(Uri node, User person)
    {
        using var browser = new BrowserClient(node);
        var page = await browser.BeginAsync(person);
        return (page.Url.AbsolutePath, page.Forms.Any(form => form.Action.AbsolutePath == "/signin/enrol/later"));
    }
}
