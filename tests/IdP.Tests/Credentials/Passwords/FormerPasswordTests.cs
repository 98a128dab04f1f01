using IdP.Access;
using IdP.Credentials.Passwords;
using IdP.Credentials.Passwords.History;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Credentials.Passwords;

public sealed class FormerPasswordTests(DatabaseKind database) : OperationTest(database)
{
    private static readonly string[] Passwords = ["Slow-Lantern-41-Harbour", "Quiet-Meadow-93-Compass", "Early-Walnut-27-Bridges", "Brave-Copper-58-Lagoons"];

    protected override ServerSettings Settings => base.Settings with { More = new Dictionary<string, string> { ["Passwords:History"] = "2" } };

    [Test]
    public async Task The_last_passwords_cannot_be_chosen_again_and_those_before_can()
    {
        var user = await CreateAsync(Passwords[0]);
        await ChangeAsync(user, Passwords[0], Passwords[1]);
        await ChangeAsync(user, Passwords[1], Passwords[2]);

        var refused = await RefuseAsync(user, Passwords[2], Passwords[0]);
        await ChangeAsync(user, Passwords[2], Passwords[3]);
        await ChangeAsync(user, Passwords[3], Passwords[0]);

        Assert.That((refused.Code, refused.Field), Is.EqualTo(("password_reused", "replacement")));
        Assert.That(await FormerAsync(user), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task The_present_one_is_refused_before_anything_else_is_asked()
    {
        var user = await CreateAsync(Passwords[0]);

        Assert.That((await RefuseAsync(user, Passwords[0], Passwords[0])).Code, Is.EqualTo("password_same"));
    }

    [Test]
    public async Task An_imported_hash_counts_in_its_own_format()
    {
        var imported = new PasswordHasher<User>().HashPassword(new User(), Passwords[0]);
        var created = await SucceedAsync((CreateUser create) => create.ExecuteAsync(Person(), new InitialPassword.Imported(ImportedHash.AspNetIdentityV3, imported), true, default));
        await ChangeAsync(created.User, Passwords[0], Passwords[1]);

        var refused = await RefuseAsync(created.User, Passwords[1], Passwords[0]);

        Assert.That(refused.Code, Is.EqualTo("password_reused"));
        Assert.That((await FormerAsync(created.User)).Single().PasswordHash, Is.EqualTo(imported));
    }

    [Test]
    public async Task A_reset_keeps_the_persons_own_password_in_mind_and_forgets_the_one_time_password()
    {
        var user = await CreateAsync(Passwords[0]);
        var first = await SucceedAsync((ResetPassword reset) => reset.ExecuteAsync(user.Id, default));
        var second = await SucceedAsync((ResetPassword reset) => reset.ExecuteAsync(user.Id, default));

        var refused = await RefuseAsync(user, second.GeneratedPassword!, Passwords[0]);
        await ChangeAsync(user, second.GeneratedPassword!, Passwords[1]);

        Assert.That(refused.Code, Is.EqualTo("password_reused"));
        Assert.That(await FormerAsync(user), Has.Count.EqualTo(1), "one-time passwords took no place");
        Assert.That(first.GeneratedPassword, Is.Not.EqualTo(second.GeneratedPassword));
        Assert.That((await AuditAsync(user.Id.ToString())).Select(entry => entry.Action), Is.EqualTo(new[] { "user.created", "user.password_reset", "user.password_reset", "user.password_changed" }));
    }

    [Test]
    public async Task They_go_with_the_person_and_a_start_with_a_lower_number_deletes_what_is_beyond()
    {
        var (user, other) = (await CreateAsync(Passwords[0]), await CreateAsync(Passwords[0]));
        await WriteAsync(db => db.FormerPasswords.AddRange(Enumerable.Range(0, 5).SelectMany(i => new[] { user, other }.Select(u => new FormerPassword { UserId = u.Id, PasswordHash = "x" + i, ReplacedAt = DateTimeOffset.UnixEpoch.AddDays(i) }))));

        await ReadAsync(db => db.Users.Where(u => u.Id == other.Id).ExecuteDeleteAsync());
        await Server.RestartAsync();

        Assert.That(() => FormerAsync(user).Result.Select(f => f.PasswordHash), Is.EqualTo(new[] { "x4", "x3" }).After(10_000, 50));
        Assert.That(await FormerAsync(other), Is.Empty);
    }

    private async Task<User> CreateAsync(string password) => (await SucceedAsync((CreateUser create) => create.ExecuteAsync(Person(), new InitialPassword.Chosen(password), true, default))).User;

    private static UserSettings Person() => new() { UserName = NewName("u") };

    private async Task ChangeAsync(User user, string current, string replacement) =>
        await SucceedAsync((ChangePassword change) => change.ExecuteAsync(Session(user), current, replacement, default));

    private Task<Failure> RefuseAsync(User user, string current, string replacement) =>
        FailAsync((ChangePassword change) => change.ExecuteAsync(Session(user), current, replacement, default));

    private static SignedInPerson Session(User user) => new(user.Id, Guid.NewGuid(), user.DisplayName, user.UserName!, DateTimeOffset.UnixEpoch, ["pwd"], "local", [], null);

    private Task<List<FormerPassword>> FormerAsync(User user) => ReadAsync(db => db.FormerPasswords.Where(f => f.UserId == user.Id).OrderByDescending(f => f.ReplacedAt).ToListAsync());
}
