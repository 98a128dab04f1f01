using IdP.Protocol.Claims;
using IdP.Protocol.Clients;
using IdP.Protocol.Storage;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace IdP.Protocol.Token;

/// <summary>
/// An access token ends when its client is switched off or deleted, whatever its form. A JWT has no row besides: here it meets, in one statement, the deny list of revoked tokens, the state of its grant, its session and its person. The engine, which would
/// ask for the grant in a statement of its own, is told of it only as far as later handlers need the name.
/// </summary>
internal sealed class RestoreGrant(DbContext db, TokenQueries queries, ISubjects subjects, Catalog catalog) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseScopedHandler<RestoreGrant>().SetOrder(Protection.MapInternalClaims.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal is not { } principal || principal.GetTokenType() != TokenTypeIdentifiers.AccessToken) return;
        // Every access token names its client; the catalog answers from memory.
        if (principal.GetPresenters().FirstOrDefault() is not { } presenter || await catalog.FindClientAsync(presenter, context.CancellationToken) is not { Enabled: true } client)
        {
            context.Reject(Errors.InvalidToken, "The client of the token may not have tokens any more.");
            return;
        }
        if (context.IsReferenceToken) return; // its row says the rest (ValidateTokenRow)

        var id = principal.GetClaim(OpenIddictConstants.Claims.JwtId);
        var grant = principal.GetClaim(StripPrivateClaims.GrantId);
        if (grant is not null)
        {
            principal.SetAuthorizationId(grant);
            principal.RemoveClaims(StripPrivateClaims.GrantId);
        }
        if (!await HoldsAsync(context, client, id, grant)) context.Reject(Errors.InvalidToken, "The token or what it depends on has ended.");
    }

    private async Task<bool> HoldsAsync(ValidateTokenContext context, Client client, string? id, string? grant)
    {
        var (principal, ct) = (context.Principal!, context.CancellationToken); // checked by the caller
        // A person's token has a grant, and a session only where a browser was there; a client's own token has neither.
        if (grant is null && principal.SessionId() is null) return id is null || !await queries.IsRevoked(db, id, ct);

        var subject = principal.GetClaim(OpenIddictConstants.Claims.Subject) ?? "";
        if (grant is not null && !Guid.TryParse(grant, out _)) return false;
        var ties = new TokenTies(id, grant is null ? null : Guid.Parse(grant));
        if (context.EndpointType is not OpenIddictServerEndpointType.UserInfo)
        {
            if (!await subjects.MayHaveAsync(subject, principal.SessionId(), client, ties, ct)) return false;
            context.Transaction.SetProperty(typeof(CheckedSubject).FullName!, CheckedSubject.Instance);
            return true;
        }
        if (await subjects.FindAsync(subject, principal.SessionId(), client, ties, ct) is not { } record) return false;
        context.Transaction.SetProperty(typeof(SubjectRecord).FullName!, record);
        return true;
    }

    /// <summary>The person that this request's access token is about, where it was read with the token.</summary>
    public static SubjectRecord? FoundSubject(OpenIddictServerTransaction? transaction) => transaction?.GetProperty<SubjectRecord>(typeof(SubjectRecord).FullName!);

    /// <summary>Whether this request's access token was checked together with its person.</summary>
    public static bool HasCheckedSubject(OpenIddictServerTransaction transaction) => transaction.GetProperty<CheckedSubject>(typeof(CheckedSubject).FullName!) is not null;

    private sealed class CheckedSubject
    {
        public static readonly CheckedSubject Instance = new();
    }
}
