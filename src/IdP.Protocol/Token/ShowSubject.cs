using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>
/// Pairwise subjects in JWTs (OpenID Connect Core 8): on the way out the client's own <c>sub</c>, on the way in the person again. What stays in the
/// database (codes, refresh tokens, reference tokens) holds the person.
/// </summary>
internal sealed class ShowSubject(Catalog catalog, SubjectIdentifiers subjects) : IOpenIddictServerHandler<GenerateTokenContext>, IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Outgoing { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<GenerateTokenContext>()
        .UseSingletonHandler<ShowSubject>().SetOrder(Protection.AttachTokenMetadata.Descriptor.Order + 400).SetType(OpenIddictServerHandlerType.Custom).Build();

    public static OpenIddictServerHandlerDescriptor Incoming { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseSingletonHandler<ShowSubject>().SetOrder(Protection.MapInternalClaims.Descriptor.Order + 400).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.IsReferenceToken || context.TokenType is not (TokenTypeIdentifiers.AccessToken or TokenTypeIdentifiers.IdentityToken)) return;
        if (await FindAsync(context.ClientId, context.CancellationToken) is { } client) subjects.Show(context.SecurityTokenDescriptor.Subject, client);
    }

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal is not { } principal || context.IsReferenceToken || principal.GetTokenType() is not (TokenTypeIdentifiers.AccessToken or TokenTypeIdentifiers.IdentityToken)) return;
        if (await FindAsync(principal.GetPresenters().FirstOrDefault(), context.CancellationToken) is not { } client) return;
        if (principal.GetClaim(OpenIddictConstants.Claims.Subject) is { } shown && subjects.Find(client, shown) is { } subject) principal.SetClaim(OpenIddictConstants.Claims.Subject, subject);
    }

    private async ValueTask<Client?> FindAsync(string? clientId, CancellationToken ct) => clientId is null ? null : await catalog.FindClientAsync(clientId, ct);
}
