using IdP.Protocol.Clients;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>
/// Applies <see cref="ExchangeRules"/> before the engine's own check, which knows a token's presenter and audience only: it lets everybody exchange a token
/// without an audience, and nobody one that is made out to an API.
/// </summary>
internal sealed class ValidateExchange(Catalog catalog, ExchangeRules rules) : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenRequestContext>()
        .UseSingletonHandler<ValidateExchange>().SetOrder(Exchange.ValidateAuthorizedParty.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (!context.Request.IsTokenExchangeGrantType() || context.SubjectTokenPrincipal is not { } subject) return;
        if (context.ClientId is null || await catalog.FindClientAsync(context.ClientId, context.CancellationToken) is not { } caller) return; // refused elsewhere

        if (await rules.ProblemAsync(caller, subject, context.ActorTokenPrincipal, context.CancellationToken) is { } problem)
        {
            context.Reject(Errors.InvalidRequest, problem);
            return;
        }
        // What was decided here stands: a copy tells the engine so, the token itself stays as it was presented.
        var copy = new System.Security.Claims.ClaimsPrincipal(subject.Identities.Select(identity => identity.Clone()));
        context.SubjectTokenPrincipal = copy.SetPresenters([.. subject.GetPresenters(), caller.ClientId]);
    }
}
