using System.Net;
using IdP.Users;
using IdP.Tests.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Recovery;

/// <summary>A role of the help desk's name that an installation had made for an app before the provider had one.</summary>
public sealed class ForeignHelpDeskTests(DatabaseKind database) : ServerTest(database)
{
    [TestCase("helpdesk")]
    [TestCase("Helpdesk")]
    public async Task It_opens_nothing_the_start_says_so_and_the_own_one_takes_its_place_once_it_is_deleted(string name)
    {
        var (holder, desk) = (await Server.AddPersonAsync(), await Server.AddPersonAsync());
        await Server.WithDatabaseAsync(async db =>
        {
            await db.Roles.Where(r => r.NormalizedName == "HELPDESK").ExecuteDeleteAsync();
            db.Roles.Add(new Role { Name = name, NormalizedName = "HELPDESK" }); // as an older version made it
            return await db.SaveChangesAsync();
        });
        await Server.GiveRoleAsync(holder, name);

        await Server.RestartAsync();
        var browser = Server.NewBrowser();
        await browser.TrySignInAsync(holder.UserName!, People.Password);
        var (people, account) = (await browser.GetAsync("/console/users"), await browser.GetAsync("/account"));
        var pass = await browser.TryIssuePassAsync(desk);
        await using (var scope = Server.Services.CreateAsyncScope())
            Assert.That((await scope.ServiceProvider.GetRequiredService<DeleteRole>().ExecuteAsync(name, default)).Failure, Is.Null);
        await Server.RestartAsync();
        await Server.GiveRoleAsync(desk, Role.HelpDesk);
        var own = Server.NewBrowser();
        await own.TrySignInAsync(desk.UserName!, People.Password);

        Assert.That((people.Status, pass.Status), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)));
        Assert.That(account.Body, Does.Not.Contain("href=\"/console"));
        Assert.That(Server.Logs.Contain($"The role '{name}' was made for an app"), Is.True);
        Assert.That(await own.IssuePassAsync(holder), Is.Not.Empty);
    }
}
