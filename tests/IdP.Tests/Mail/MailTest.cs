using IdP.Tests.SignIn;
using IdP.Users;
using NUnit.Framework;

namespace IdP.Tests.Mail;

/// <summary>A fixture whose provider sends by a mail server that runs beside it.</summary>
public abstract class MailTest(DatabaseKind database) : ServerTest(database)
{
    protected MailServer Mail { get; private set; } = new();

    protected override ServerSettings Settings => base.Settings with { More = Mail.Settings() };

    [OneTimeSetUp]
    public Task StartMailServerAsync() => Mail.UpAsync();

    [OneTimeTearDown]
    public async Task StopMailServerAsync() => await Mail.DisposeAsync();

    /// <summary>Somebody with a confirmed address.</summary>
    protected Task<User> AddMailPersonAsync(Action<User>? adapt = null) => Server.AddPersonAsync(user =>
    {
        user.Email = user.UserName + "@mail.example";
        user.NormalizedEmail = user.Email.ToUpperInvariant();
        user.EmailConfirmed = true;
        adapt?.Invoke(user);
    });
}
