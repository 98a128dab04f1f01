using IdP.Protocol.Clients;

namespace IdP.Protocol.Registration;

/// <summary>Seam to the product, which writes clients by the same operations that the console uses.</summary>
public interface IClientRegistry
{
    /// <summary>The initial access token with this hash, if it may still be used.</summary>
    Task<InitialAccessToken?> FindTokenAsync(string hash, CancellationToken ct);

    /// <summary>The initial access token a client came with, used up or not; null when it was deleted.</summary>
    Task<InitialAccessToken?> FindTokenAsync(Guid id, CancellationToken ct);

    /// <summary>Saves a new client with the metadata of <paramref name="wanted"/>, and takes one use of the token with it.</summary>
    Task<RegisteredClient> RegisterAsync(Client wanted, InitialAccessToken? token, string registrationAccessTokenHash, CancellationToken ct);

    /// <summary>Replaces the metadata of a registered client.</summary>
    /// <returns>Neither a client nor a problem when it is gone: another node may have deleted it.</returns>
    Task<RegisteredClient> UpdateAsync(Client registered, Client wanted, CancellationToken ct);

    Task DeleteAsync(Client registered, CancellationToken ct);
}

/// <param name="Client">The client as saved; null when refused.</param>
/// <param name="Secret">A secret made by this write, in clear only here.</param>
public sealed record RegisteredClient(Client? Client, string? Secret, RegistrationProblem? Problem);
