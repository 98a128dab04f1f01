using IdP.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Tests.Federation;

/// <summary>A server with Google switched on, and the process that plays Google.</summary>
public abstract class GoogleServerTest(DatabaseKind database) : ServerTest(database)
{
    protected const string Password = "Correct-Horse-5-Battery";

    protected UpstreamProvider Upstream { get; } = new();

    protected abstract IReadOnlyList<UpstreamAccount> Accounts { get; }

    protected virtual IReadOnlyDictionary<string, string> More => new Dictionary<string, string>();

    protected override ServerSettings Settings => base.Settings with { More = Upstream.Settings.Concat(More).ToDictionary() };

    [OneTimeSetUp]
    public Task StartUpstreamAsync() => Upstream.StartAsync(Server.Origin, Accounts);

    [OneTimeTearDown]
    public async Task StopUpstreamAsync() => await Upstream.DisposeAsync();

    /// <summary>From the sign-in page over the provider to wherever the server then leads.</summary>
    protected static async Task<Page> SignInAsync(BrowserClient browser, UpstreamAccount? account, string returnUrl = "/account") =>
        await browser.FollowAsync(await UpstreamProvider.VisitAsync(browser, await browser.OpenAsync("/signin?returnUrl=" + Uri.EscapeDataString(returnUrl)), account));

    protected static async Task<bool> IsSignedInAsync(BrowserClient browser) => !(await browser.GetAsync("/account")).IsRedirect;

    protected async Task<User> CreateUserAsync(string userName, string email, bool confirmed = true)
    {
        await using var scope = Server.Services.CreateAsyncScope();
        var settings = new UserSettings { UserName = userName, Email = email, EmailVerified = confirmed };
        var created = await scope.ServiceProvider.GetRequiredService<CreateUser>().ExecuteAsync(settings, new InitialPassword.Chosen(Password), enabled: true, CancellationToken.None);
        return created.Succeeded(out var saved, out var failure) ? saved.User : throw new InvalidOperationException(failure.Message);
    }

    protected Task<List<User>> UsersWithAsync(string email) => Server.WithDatabaseAsync(db => db.Users.AsNoTracking().Where(u => u.Email == email).ToListAsync());

    protected Task<List<Guid>> LinkedAsync(UpstreamAccount account) =>
        Server.WithDatabaseAsync(db => db.UserLogins.Where(l => l.LoginProvider == "google" && l.ProviderKey == account.Subject).Select(l => l.UserId).ToListAsync());

    protected Task<SignInDecision> LastDecisionAsync() => Server.WithDatabaseAsync(db => db.SignInDecisions.AsNoTracking().OrderByDescending(d => d.At).ThenByDescending(d => d.Id).FirstAsync());
}
