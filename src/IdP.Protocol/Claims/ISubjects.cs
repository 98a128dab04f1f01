using System.Text.Json.Nodes;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;

namespace IdP.Protocol.Claims;

/// <summary>Seam to the product: may this person have tokens now, and which claims do they have. Every grant, refresh and userinfo request asks it.</summary>
public interface ISubjects
{
    /// <param name="app">The client that has or gets the tokens.</param>
    /// <returns>The person, or null when unknown, disabled, not one of those who may use the app, or when the session was ended: the answer then is <c>invalid_grant</c> or <c>invalid_token</c>.</returns>
    Task<SubjectRecord?> FindAsync(string subject, Guid? sessionId, Client app, CancellationToken ct);

    /// <summary>As <see cref="FindAsync(string, Guid?, Client, CancellationToken)"/>, for an access token that has no row of its own: in the same statement whether the token or its grant was revoked.</summary>
    Task<SubjectRecord?> FindAsync(string subject, Guid? sessionId, Client app, TokenTies ties, CancellationToken ct);

    /// <summary>Whether <see cref="FindAsync(string, Guid?, Client, TokenTies, CancellationToken)"/> would find somebody, without reading the claims.</summary>
    Task<bool> MayHaveAsync(string subject, Guid? sessionId, Client app, TokenTies ties, CancellationToken ct);

    /// <summary>The subject of the person with this user name, whether or not they may have tokens; null when there is none.</summary>
    Task<string?> FindByUserNameAsync(string userName, CancellationToken ct);

    /// <summary>Who authenticated in a session, when and how, for a grant that was given there and is used elsewhere.</summary>
    /// <returns>Null when there is no such session any more.</returns>
    Task<AuthenticatedSubject?> FindAuthenticationAsync(Guid sessionId, CancellationToken ct);
}

/// <param name="Claims">Claim type to JSON value, without regard to scopes: the protocol releases only what was granted. <c>role</c> and other many-valued claims are arrays.</param>
public sealed record SubjectRecord(string Subject, IReadOnlyDictionary<string, JsonNode> Claims);

/// <summary>What an access token without a row depends on beside the person and the session.</summary>
/// <param name="TokenId">Its <c>jti</c>, which must not be on the list of revoked tokens.</param>
/// <param name="GrantId">The grant it came from, which must be valid; null when it has none.</param>
public readonly record struct TokenTies(string? TokenId, Guid? GrantId);
