using System.Security.Claims;
using IdP.Protocol.Clients;
using OpenIddict.Abstractions;
using Names = OpenIddict.Abstractions.OpenIddictConstants.Claims;

namespace IdP.Protocol.Token;

/// <summary>
/// Who may exchange which token (RFC 8693 1.1 and 4.4), in one place. Possession alone is not enough: an API that was shown a token must not be able to
/// turn it into one for itself. Rules about the people concerned, such as who may act for an administrator, belong here too.
/// </summary>
internal sealed class ExchangeRules(Catalog catalog)
{
    /// <returns>Why not, or null when the client may.</returns>
    public async ValueTask<string?> ProblemAsync(Client caller, ClaimsPrincipal subject, ClaimsPrincipal? actor, CancellationToken ct)
    {
        if (!Holds(caller, subject) && !await MayCallEveryAudienceAsync(caller, subject, ct)) return "The subject token was issued neither to this client nor for it, nor only for APIs that it may call itself.";
        if (actor is not null && !Holds(caller, actor)) return "The actor token was issued neither to this client nor for it.";
        if (ActorChain.Depth(ActorChain.Read(subject, ActorChain.Claim)) + (actor is null ? 0 : 1) > ActorChain.MaxDepth) return $"More than {ActorChain.MaxDepth} actors would act for one another.";
        if (!IsNamed(caller, subject, actor)) return "The subject token names somebody else who may act (may_act).";
        return null;
    }

    /// <summary>It was issued to the client, or made out to it.</summary>
    private static bool Holds(Client caller, ClaimsPrincipal token) => token.HasPresenter(caller.ClientId) || token.HasAudience(caller.ClientId);

    /// <summary>A gateway that may call all the APIs a token is for, with all the scopes that the token has there, gains nothing by the exchange.</summary>
    private async ValueTask<bool> MayCallEveryAudienceAsync(Client caller, ClaimsPrincipal subject, CancellationToken ct)
    {
        var resources = await catalog.GetResourcesAsync(ct);
        var scopes = subject.GetScopes();
        var audiences = subject.GetAudiences();
        return !audiences.IsEmpty && audiences.All(audience => resources.ApiResources.TryGetValue(audience, out var api)
            && scopes.Intersect(api.Scopes, StringComparer.Ordinal).ToList() is { Count: > 0 } there && there.TrueForAll(scope => caller.AllowedScopes.Contains(scope, StringComparer.Ordinal)));
    }

    private static bool IsNamed(Client caller, ClaimsPrincipal subject, ClaimsPrincipal? actor)
    {
        if (ActorChain.Read(subject, ActorChain.MayActClaim) is not { } mayAct) return true;
        // Without an actor token the client itself acts, and its subject is its id.
        var (sub, clientId) = actor is null ? (caller.ClientId, caller.ClientId) : (actor.GetClaim(Names.Subject), actor.GetPresenters().FirstOrDefault());
        return Fits(Names.Subject, sub) && Fits(Names.ClientId, clientId) && (mayAct.ContainsKey(Names.Subject) || mayAct.ContainsKey(Names.ClientId));

        bool Fits(string name, string? value) => !mayAct.ContainsKey(name) || mayAct[name]?.ToString() == value;
    }
}
