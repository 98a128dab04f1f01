using IdP.Protocol.Clients;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Introspection;

/// <summary>RFC 7662 2.1: whoever asks about tokens must authenticate, or anybody could try out what they found. A public client cannot.</summary>
internal sealed class RefusePublicCallers(Catalog catalog) : IOpenIddictServerHandler<ValidateIntrospectionRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateIntrospectionRequestContext>()
        .UseSingletonHandler<RefusePublicCallers>().SetOrder(OpenIddictServerHandlers.Introspection.ValidateAuthentication.Descriptor.Order - 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateIntrospectionRequestContext context)
    {
        var named = !string.IsNullOrEmpty(context.ClientId) || !string.IsNullOrEmpty(context.Request.ClientAssertion); // an assertion names its client inside
        if (!named || context.ClientId is { } id && await catalog.FindClientAsync(id, context.CancellationToken) is { IsPublic: true })
            context.Reject(Errors.InvalidClient, "Introspection needs the caller's authentication.");
    }
}
