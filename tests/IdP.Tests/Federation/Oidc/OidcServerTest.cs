using IdP.IdentityProviders;
using IdP.Organizations;
using IdP.SignIn;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Tests.Federation.Oidc;

/// <summary>A server to which providers are added while it runs.</summary>
public abstract class OidcServerTest(DatabaseKind database) : OperationTest(database)
{
    protected const string Password = "Correct-Horse-5-Battery";
    protected const string Refusal = "You could not be signed in that way";

    /// <summary>How long the server waits for a provider: on a machine with other things to do, a peer that has just started is slow.</summary>
    protected virtual string Patience => "00:00:30";

    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.Default, More = new Dictionary<string, string> { ["OutboundHttp:Timeout"] = Patience, ["Lockout:MaxFailuresPerSource"] = "1000" } };

    protected Task<IdentityProvider> AddProviderAsync(string name, string issuer, Action<IdentityProviderSettings> change, string? secret = "our-client-secret-of-32-characters")
    {
        var settings = new IdentityProviderSettings { DisplayName = $"The {name} login", Issuer = issuer, ClientId = "idp" };
        change(settings);
        return SucceedAsync((CreateIdentityProvider create) => create.ExecuteAsync(name, settings, settings.NeedsSecret ? secret : null, CancellationToken.None));
    }

    protected async Task ChangeProviderAsync(string name, Action<IdentityProviderSettings> change)
    {
        var stored = await ReadAsync(db => db.IdentityProviders.AsNoTracking().SingleAsync(p => p.Name == name));
        var settings = await ReadAsync(db => IdentityProviderSettings.LoadAsync(db, stored, CancellationToken.None));
        change(settings);
        await SucceedAsync((UpdateIdentityProvider update) => update.ExecuteAsync(name, stored.Version, settings, null, CancellationToken.None));
    }

    protected Task<Organization> AddOrganizationAsync(string name, params string[] domains) =>
        SucceedAsync((CreateOrganization create) => create.ExecuteAsync(name, new OrganizationSettings { Domains = [.. domains.Select(domain => new DomainSettings(domain, true))] }, CancellationToken.None));

    protected async Task<User> CreateUserAsync(string userName, string email) =>
        (await SucceedAsync((CreateUser create) => create.ExecuteAsync(new UserSettings { UserName = userName, Email = email, EmailVerified = true }, new InitialPassword.Chosen(Password), enabled: true, CancellationToken.None))).User;

    /// <summary>What the log says about answers that were refused, for messages of assertions.</summary>
    protected string Refusals => string.Join(Environment.NewLine, Server.Logs.Entries.Where(entry => entry.Event.Id is 2303 or 6002 or 6101 or 6601));

    protected static string StartUrl(string provider, string returnUrl = "/account") => $"/signin/upstream/{provider}?returnUrl={Uri.EscapeDataString(returnUrl)}";

    protected static async Task<bool> IsSignedInAsync(BrowserClient browser) => !(await browser.GetAsync("/account")).IsRedirect;

    protected Task<List<User>> UsersWithAsync(string email) => ReadAsync(db => db.Users.AsNoTracking().Where(u => u.Email == email).ToListAsync());

    protected Task<SignInDecision> LastDecisionAsync() => ReadAsync(db => db.SignInDecisions.AsNoTracking().OrderByDescending(d => d.At).ThenByDescending(d => d.Id).FirstAsync());
}
