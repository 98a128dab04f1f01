using System.Text.Json.Nodes;
using IdP.Access;
using IdP.Credentials.Passwords;
using IdP.Protocol.Grants;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Users;

public sealed class UserOperationTests(DatabaseKind database) : OperationTest(database)
{
    [Test]
    public async Task A_new_person_signs_in_with_a_password_that_is_shown_once_and_must_be_changed()
    {
        var name = NewName("alice");

        var created = await SucceedAsync((CreateUser create) => create.ExecuteAsync(Person(name), new InitialPassword.Generated(), true, default));

        var stored = await FindAsync(created.User.Id);
        Assert.That(Verify(stored!, created.GeneratedPassword!), Is.EqualTo(PasswordVerificationResult.Success));
        Assert.That((stored!.MustChangePassword, stored.Enabled, stored.NormalizedUserName, stored.NormalizedEmail), Is.EqualTo((true, true, name.ToUpperInvariant(), $"{name}@example.test".ToUpperInvariant())));
        var entry = (await AuditAsync(stored.Id.ToString())).Single();
        Assert.That(entry.Action, Is.EqualTo("user.created"));
        Assert.That(entry.Details, Does.Not.Contain(created.GeneratedPassword!).And.Not.Contain("example.test"));
    }

    [Test]
    public async Task Who_may_not_administer_changes_nothing()
    {
        var user = await CreateAsync();

        Failure?[] refusals =
        [
            (await RunAsNobodyAsync((CreateUser create) => create.ExecuteAsync(Person(NewName("eve")), new InitialPassword.Generated(), true, default))).Failure,
            (await RunAsNobodyAsync((UpdateUser update) => update.ExecuteAsync(user.Id, user.ConcurrencyStamp, Person(user.UserName!), default))).Failure,
            (await RunAsNobodyAsync((DisableUser disable) => disable.ExecuteAsync(user.Id, null, default))).Failure,
            (await RunAsNobodyAsync((EnableUser enable) => enable.ExecuteAsync(user.Id, default))).Failure,
            (await RunAsNobodyAsync((ResetPassword reset) => reset.ExecuteAsync(user.Id, default))).Failure,
            (await RunAsNobodyAsync((CreateRole create) => create.ExecuteAsync(NewName("role"), default))).Failure,
            (await RunAsNobodyAsync((DeleteRole delete) => delete.ExecuteAsync("owner", default))).Failure,
        ];

        Assert.That(refusals.Select(f => f?.Kind), Is.All.EqualTo(FailureKind.Forbidden));
        Assert.That((await FindAsync(user.Id))!.ConcurrencyStamp, Is.EqualTo(user.ConcurrencyStamp));
    }

    [Test]
    public async Task Nobody_takes_the_name_or_the_address_of_another_person()
    {
        var user = await CreateAsync();
        var (sameName, sameEmail, nameIsTheirEmail) = (Person(user.UserName!.ToUpperInvariant()), Person(NewName("bob")), Person(user.Email!));
        (sameName.Email, sameEmail.Email, nameIsTheirEmail.Email) = (NewName("own") + "@example.test", user.Email!.ToUpperInvariant(), NewName("own") + "@example.test");

        var failures = new List<Failure>();
        foreach (var settings in (UserSettings[])[sameName, sameEmail, nameIsTheirEmail])
            failures.Add(await FailAsync((CreateUser create) => create.ExecuteAsync(settings, new InitialPassword.None(), true, default)));

        Assert.That(failures.Select(f => (f.Code, f.Field)), Is.EqualTo(((string, string?)[])[("taken", "userName"), ("taken", "email"), ("taken", "userName")]));
    }

    [Test]
    public async Task A_change_reaches_everything_that_hangs_on_a_person()
    {
        var (user, role, group) = (await CreateAsync(), NewName("role"), NewName("group"));
        await SucceedAsync((CreateRole create) => create.ExecuteAsync(role, default));
        await SucceedAsync((IdP.Groups.CreateGroup create) => create.ExecuteAsync(group, new(), default));
        var settings = Person(user.UserName!);
        (settings.Roles, settings.Groups, settings.Claims) = ([role], [group], [new UserClaim("address", JsonNode.Parse("""{"country":"US"}""")!), new UserClaim("note", "plain")]);

        var updated = await SucceedAsync((UpdateUser update) => update.ExecuteAsync(user.Id, user.ConcurrencyStamp, settings, default));
        var after = await ReadAsync(db => UserSettings.LoadAsync(db, updated, default));
        settings.Roles = [];
        await SucceedAsync((UpdateUser update) => update.ExecuteAsync(user.Id, updated.ConcurrencyStamp, settings, default));

        Assert.That((after.Roles, after.Groups), Is.EqualTo((new List<string> { role }, new List<string> { group })));
        Assert.That(after.Claims.Select(c => c.ToString()), Is.EquivalentTo((string[])["address=json:{\"country\":\"US\"}", "note=plain"]));
        Assert.That(await ReadAsync(db => db.UserRoles.CountAsync(r => r.UserId == user.Id)), Is.Zero);
        var entries = await AuditAsync(user.Id.ToString());
        Assert.That(entries[1].Details, Does.Contain($"roles: add {role}").And.Not.Contain("country"));
        Assert.That(entries[2].Details, Does.Contain($"roles: remove {role}"));
    }

    [Test]
    public async Task A_change_made_on_an_old_version_is_refused()
    {
        var user = await CreateAsync();
        var settings = Person(user.UserName!);
        settings.Name = "First";
        await SucceedAsync((UpdateUser update) => update.ExecuteAsync(user.Id, user.ConcurrencyStamp, settings, default));
        settings.Name = "Second";

        var failure = await FailAsync((UpdateUser update) => update.ExecuteAsync(user.Id, user.ConcurrencyStamp, settings, default));

        Assert.That(failure.Code, Is.EqualTo("stale_version"));
        Assert.That((await FindAsync(user.Id))!.Name, Is.EqualTo("First"));
    }

    [Test]
    public async Task A_disabled_person_is_signed_out_everywhere_and_nobody_else_is()
    {
        var (user, other) = (await SignedInAsync(), await SignedInAsync());

        await SucceedAsync((DisableUser disable) => disable.ExecuteAsync(user, "left", default));

        Assert.That((await FindAsync(user))!.Enabled, Is.False);
        Assert.That(await StateAsync(user), Is.EqualTo((true, TokenStatus.Revoked, TokenStatus.Revoked)));
        Assert.That(await StateAsync(other), Is.EqualTo((false, TokenStatus.Valid, TokenStatus.Valid)));
        Assert.That((await AuditAsync(user.ToString())).Last(), Has.Property("Action").EqualTo("user.disabled").And.Property("Details").Contains("left"));
    }

    [Test]
    public async Task A_person_who_is_enabled_again_starts_without_the_old_sessions()
    {
        var user = await SignedInAsync();
        await SucceedAsync((DisableUser disable) => disable.ExecuteAsync(user, "left", default));

        await SucceedAsync((EnableUser enable) => enable.ExecuteAsync(user, default));

        var stored = await FindAsync(user);
        Assert.That((stored!.Enabled, stored.DisabledReason), Is.EqualTo((true, (string?)null)));
        Assert.That(await StateAsync(user), Is.EqualTo((true, TokenStatus.Revoked, TokenStatus.Revoked)));
    }

    [Test]
    public async Task A_reset_password_replaces_the_old_one_and_signs_out_whoever_had_it()
    {
        var user = await SignedInAsync();

        var reset = await SucceedAsync((ResetPassword operation) => operation.ExecuteAsync(user, default));

        var stored = await FindAsync(user);
        Assert.That(Verify(stored!, reset.GeneratedPassword!), Is.EqualTo(PasswordVerificationResult.Success));
        Assert.That(Verify(stored!, Password), Is.EqualTo(PasswordVerificationResult.Failed));
        Assert.That(stored!.MustChangePassword, Is.True);
        Assert.That(await StateAsync(user), Is.EqualTo((true, TokenStatus.Revoked, TokenStatus.Revoked)));
        var entry = (await AuditAsync(user.ToString())).Last();
        Assert.That((entry.Action, entry.Details), Is.EqualTo(("user.password_reset", (string?)null)));
    }

    [Test]
    public async Task A_chosen_password_follows_the_rules_and_an_imported_hash_is_checked()
    {
        var chosen = await FailAsync((CreateUser create) => create.ExecuteAsync(Person(NewName("c")), new InitialPassword.Chosen("password1"), true, default));
        var imported = await FailAsync((CreateUser create) => create.ExecuteAsync(Person(NewName("i")), new InitialPassword.Imported("bcrypt", "$2b$x"), true, default));

        Assert.That((chosen.Code, chosen.Field), Is.EqualTo(("password_common", "password")));
        Assert.That((imported.Code, imported.Field), Is.EqualTo(("unsupported", "passwordHash.format")));
    }

    [Test]
    public async Task An_imported_hash_opens_the_account_with_the_old_password()
    {
        var hash = new PasswordHasher<User>().HashPassword(new User(), "an old password");

        var created = await SucceedAsync((CreateUser create) => create.ExecuteAsync(Person(NewName("imported")), new InitialPassword.Imported(ImportedHash.AspNetIdentityV3, hash), true, default));

        var stored = await FindAsync(created.User.Id);
        Assert.That(stored!.MustChangePassword, Is.False);
        Assert.That(Verify(stored, "an old password"), Is.EqualTo(PasswordVerificationResult.SuccessRehashNeeded));
    }

    [Test]
    public async Task The_role_owner_stays()
    {
        var failure = await FailAsync((DeleteRole delete) => delete.ExecuteAsync("owner", default));

        Assert.That(failure.Code, Is.EqualTo("owner_needed"));
    }

    private const string Password = "Correct-Horse-7-Battery";

    private async Task<User> CreateAsync() =>
        (await SucceedAsync((CreateUser create) => create.ExecuteAsync(Person(NewName("user")), new InitialPassword.Chosen(Password), true, default))).User;

    private async Task<Guid> SignedInAsync()
    {
        var user = await CreateAsync();
        await WriteAsync(db =>
        {
            var session = new Session { UserId = user.Id, HandleHash = NewName("handle"), ExpiresAt = DateTimeOffset.MaxValue.AddDays(-1) };
            var grant = new Grant { Subject = user.Id.ToString(), SessionId = session.Id };
            db.Sessions.Add(session);
            db.Grants.Add(grant);
            db.Tokens.Add(new GrantToken { GrantId = grant.Id, Subject = user.Id.ToString() });
        });
        return user.Id;
    }

    private async Task<(bool Ended, string Grant, string Token)> StateAsync(Guid user) => (
        await ReadAsync(db => db.Sessions.AllAsync(s => s.UserId != user || s.EndedAt != null)),
        await ReadAsync(db => db.Grants.Where(g => g.Subject == user.ToString()).Select(g => g.Status).SingleAsync()),
        await ReadAsync(db => db.Tokens.Where(t => t.Subject == user.ToString()).Select(t => t.Status).SingleAsync()));

    private Task<User?> FindAsync(Guid id) => ReadAsync(db => db.Users.SingleOrDefaultAsync(u => u.Id == id));

    private PasswordVerificationResult Verify(User user, string password) =>
        Server.Services.GetRequiredService<IPasswordHasher<User>>().VerifyHashedPassword(user, user.PasswordHash!, password); // every user here has one

    private static UserSettings Person(string name) => new() { UserName = name, Email = $"{name}@example.test", EmailVerified = true, Name = "A Person" };
}
