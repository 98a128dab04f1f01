using System.Security.Claims;
using System.Text.Json.Nodes;
using OpenIddict.Abstractions;
using Names = OpenIddict.Abstractions.OpenIddictConstants.Claims;

namespace IdP.Protocol.Token;

/// <summary>Who acts for the subject (RFC 8693 4.1): the current actor outermost, those before inside. The chain only grows; no exchange sheds it.</summary>
internal static class ActorChain
{
    public const string Claim = "act";

    /// <summary>Names who may become the actor (RFC 8693 4.4).</summary>
    public const string MayActClaim = "may_act";

    /// <summary>Longer chains help nobody, and every token and log entry would carry them.</summary>
    public const int MaxDepth = 4;

    /// <summary>A JSON claim in a principal, as the engine writes and reads it.</summary>
    public const string JsonValueType = "JSON";

    /// <summary>The chain of the token to issue; null when nobody acts.</summary>
    /// <param name="show">What the client that gets the token may see of a person (OpenID Connect Core 8).</param>
    public static JsonObject? Extend(ClaimsPrincipal subject, ClaimsPrincipal? actor, Func<string, string> show)
    {
        var earlier = Read(subject, Claim);
        if (actor is null) return earlier;

        var who = actor.GetClaim(Names.Subject)!; // every access token has one
        var act = new JsonObject { [Names.Subject] = actor.HasPresenter(who) ? who : show(who), [Names.ClientId] = actor.GetPresenters().FirstOrDefault() };
        if (earlier is not null) act[Claim] = earlier;
        return act;
    }

    public static int Depth(JsonObject? act)
    {
        var depth = 0;
        for (; act is not null; act = act[Claim] as JsonObject) depth++;
        return depth;
    }

    public static JsonObject? Read(ClaimsPrincipal token, string claim) => token.GetClaim(claim) is { } json ? JsonNode.Parse(json) as JsonObject : null;
}
