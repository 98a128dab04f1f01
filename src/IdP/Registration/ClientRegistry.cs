using System.Text;
using IdP.Access;
using IdP.Clients;
using IdP.Data;
using IdP.Protocol.Clients;
using IdP.Protocol.Registration;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdP.Registration;

/// <summary>Writes dynamically registered clients by the operations that the console uses: same rules, same audit.</summary>
internal sealed class ClientRegistry(IdpDbContext db, CreateClient create, UpdateClient update, DeleteClient delete, Actor actor, IOptions<RegistrationOptions> options, TimeProvider clock) : IClientRegistry
{
    public async Task<InitialAccessToken?> FindTokenAsync(string hash, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.InitialAccessTokens.AsNoTracking().FirstOrDefaultAsync(t => t.Hash == hash && (t.ExpiresAt == null || t.ExpiresAt > now) && (t.RemainingUses == null || t.RemainingUses > 0), ct);
    }

    public async Task<InitialAccessToken?> FindTokenAsync(Guid id, CancellationToken ct) => await db.InitialAccessTokens.AsNoTracking().FirstOrDefaultAsync(t => t.Id == id, ct);

    public async Task<RegisteredClient> RegisterAsync(Client wanted, InitialAccessToken? token, string registrationAccessTokenHash, CancellationToken ct)
    {
        actor.Become(ActorSources.Registration);
        if (await db.Clients.CountAsync(c => c.RegistrationAccessTokenHash != null, ct) >= options.Value.MaxClients)
            return Refused(RegistrationProblem.Metadata("There are as many registered clients as this provider takes."));

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // Two registrations with the last use of a token: one of them finds none left.
        if (token is not null && await db.InitialAccessTokens.Where(t => t.Id == token.Id && (t.RemainingUses == null || t.RemainingUses > 0)).ExecuteUpdateAsync(t => t.SetProperty(x => x.RemainingUses, x => x.RemainingUses - 1), ct) == 0)
            return Refused(RegistrationProblem.Metadata("The initial access token is used up."));

        var outcome = await create.RegisterAsync(RegistrationHandles.New(), ClientSettings.From(wanted), client => (client.RegistrationAccessTokenHash, client.InitialAccessTokenId) = (registrationAccessTokenHash, token?.Id), ct);
        if (!outcome.Succeeded(out var saved, out var failure)) return Refused(ProblemOf(failure));
        await transaction.CommitAsync(CancellationToken.None);
        return new RegisteredClient(saved.Client, saved.GeneratedSecret, null);
    }

    public async Task<RegisteredClient> UpdateAsync(Client registered, Client wanted, CancellationToken ct)
    {
        actor.Become(ActorSources.Registration);
        var stored = await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.Id == registered.Id, ct);
        if (stored is null) return new RegisteredClient(null, null, null); // deleted a moment ago, perhaps on another node
        var outcome = await update.ReplaceAsync(stored.ClientId, stored.Version, Merge(ClientSettings.From(wanted), stored), ct);
        return outcome.Succeeded(out var saved, out var failure) ? new RegisteredClient(saved.Client, saved.GeneratedSecret, null) : Refused(ProblemOf(failure));
    }

    public async Task DeleteAsync(Client registered, CancellationToken ct)
    {
        actor.Become(ActorSources.Registration);
        if (await db.Clients.Where(c => c.Id == registered.Id).Select(c => (int?)c.Version).SingleOrDefaultAsync(ct) is not { } version) return; // somebody was faster
        await delete.RemoveAsync(registered.ClientId, version, ct); // a lost race means that it is gone, or changed by an administrator who now sees it stay
    }

    /// <summary>What registration metadata does not speak of is an administrator's, and stays.</summary>
    private static ClientSettings Merge(ClientSettings settings, Client stored)
    {
        settings.Enabled = stored.Enabled;
        settings.Description = stored.Description;
        settings.SecurityProfile = stored.SecurityProfile;
        settings.RequirePkce |= stored.RequirePkce;
        settings.UserSsoLifetime = stored.UserSsoLifetime;
        settings.UserSsoIdleLifetime = stored.UserSsoIdleLifetime;
        settings.CoordinateLifetimeWithUserSession = stored.CoordinateLifetimeWithUserSession;
        settings.AssignmentRequired = stored.AssignmentRequired;
        settings.ShowInPortal = stored.ShowInPortal && (settings.InitiateLoginUri ?? settings.ClientUri) is not null; // without an address there is nothing to show
        settings.RequireConsent = stored.RequireConsent;
        settings.AllowRememberConsent = stored.AllowRememberConsent;
        settings.ConsentLifetime = stored.ConsentLifetime;
        settings.AccessTokenType = stored.AccessTokenType;
        settings.AccessTokenLifetime = stored.AccessTokenLifetime;
        settings.IdentityTokenLifetime = stored.IdentityTokenLifetime;
        settings.AuthorizationCodeLifetime = stored.AuthorizationCodeLifetime;
        settings.AbsoluteRefreshTokenLifetime = stored.AbsoluteRefreshTokenLifetime;
        settings.SlidingRefreshTokenLifetime = stored.SlidingRefreshTokenLifetime;
        settings.RefreshTokenReuseGrace = stored.RefreshTokenReuseGrace;
        settings.DeviceCodeLifetime = stored.DeviceCodeLifetime;
        settings.AlwaysIncludeUserClaimsInIdToken = stored.AlwaysIncludeUserClaimsInIdToken;
        return settings;
    }

    private static RegisteredClient Refused(RegistrationProblem problem) => new(null, null, problem);

    /// <summary>The first refusal with its member named as in RFC 7591; bad redirect URIs have an error of their own.</summary>
    private static RegistrationProblem ProblemOf(Failure failure)
    {
        var description = failure.Field is null ? failure.Message : $"{SnakeCase(failure.Field)}: {failure.Message}";
        return failure.Field?.StartsWith("redirectUris", StringComparison.Ordinal) is true ? new(RegistrationErrors.InvalidRedirectUri, description) : RegistrationProblem.Metadata(description);
    }

    private static string SnakeCase(string field)
    {
        var text = new StringBuilder();
        foreach (var c in field)
            if (char.IsAsciiLetterUpper(c)) text.Append('_').Append(char.ToLowerInvariant(c));
            else text.Append(c);
        return text.ToString();
    }
}
