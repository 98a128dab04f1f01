using IdP.Access;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Users;

/// <summary>A fixture of its own: it counts all owners of the database.</summary>
public sealed class OwnersTests(DatabaseKind database) : OperationTest(database)
{
    private readonly List<User> owners = [];

    [SetUp]
    public async Task OnlyTheOwnersOfThisTest()
    {
        owners.Clear();
        await ReadAsync(db => db.Users.ExecuteDeleteAsync());
    }

    [Test]
    public async Task The_last_enabled_owner_cannot_be_disabled()
    {
        var (only, disabled) = (await OwnerAsync(), await OwnerAsync(enabled: false));

        var failure = await FailAsync((DisableUser disable) => disable.ExecuteAsync(only.Id, null, default));

        Assert.That((failure.Kind, failure.Code), Is.EqualTo((FailureKind.Conflict, "last_owner")));
        Assert.That(await EnabledOwnersAsync(), Is.EqualTo(1));
        Assert.That(disabled.Enabled, Is.False);
    }

    [Test]
    public async Task The_last_enabled_owner_keeps_the_role()
    {
        var only = await OwnerAsync();

        var failure = await FailAsync((UpdateUser update) => update.ExecuteAsync(only.Id, only.ConcurrencyStamp, new UserSettings { UserName = only.UserName! }, default));

        Assert.That(failure.Code, Is.EqualTo("last_owner"));
        Assert.That(await EnabledOwnersAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task One_of_two_owners_can_go()
    {
        var (first, second) = (await OwnerAsync(), await OwnerAsync());

        await SucceedAsync((DisableUser disable) => disable.ExecuteAsync(first.Id, null, default));

        Assert.That(await EnabledOwnersAsync(), Is.EqualTo(1));
        Assert.That(second.Enabled, Is.True);
    }

    [Test]
    public async Task Owners_who_remove_each_other_in_the_same_moment_leave_one()
    {
        for (var round = 0; round < 10; round++)
        {
            await OnlyTheOwnersOfThisTest();
            for (var i = 0; i < 4; i++) await OwnerAsync();

            var outcomes = await Task.WhenAll(owners.ConvertAll(owner => Task.Run(() => RunAsync((DisableUser disable) => disable.ExecuteAsync(owner.Id, null, default)))));

            Assert.That(await EnabledOwnersAsync(), Is.GreaterThanOrEqualTo(1), $"Round {round} left no owner.");
            Assert.That(outcomes.Select(o => o.Failure?.Code), Is.All.Null.Or.EqualTo("last_owner").Or.EqualTo("stale_version"));
        }
    }

    private async Task<User> OwnerAsync(bool enabled = true)
    {
        var created = await SucceedAsync((CreateUser create) => create.ExecuteAsync(new UserSettings { UserName = NewName("owner"), Roles = [Role.Owner] }, new InitialPassword.None(), enabled, default));
        owners.Add(created.User);
        return created.User;
    }

    private Task<int> EnabledOwnersAsync() => ReadAsync(db => db.UserRoles.CountAsync(r => db.Roles.Any(role => role.Id == r.RoleId && role.Name == Role.Owner) && db.Users.Any(u => u.Id == r.UserId && u.Enabled)));
}
