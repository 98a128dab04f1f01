using IdP.Protocol.Resources;

namespace IdP.Protocol.LocalApi;

/// <summary>
/// The API of this provider that a person's own apps use for the person's account. It and its scopes are always there; a client gets them only when it is allowed them. An operator who makes a
/// scope of the same name has it as they made it: named otherwise, or switched off.
/// </summary>
public static class AccountResource
{
    public const string Path = "/api/v1/me";

    /// <summary>To see what belongs to the account.</summary>
    public const string ReadScope = "idp.account.read";

    /// <summary>To change it. How the person signs in can be changed only shortly after they have shown who they are.</summary>
    public const string WriteScope = "idp.account.write";

    public static IReadOnlyList<string> ScopeNames { get; } = [ReadScope, WriteScope];

    /// <summary>Without the metadata document, which names what anybody may ask for; that of the API names them (RFC 9728).</summary>
    internal static IEnumerable<ApiScope> Scopes() =>
    [
        new() { Name = ReadScope, DisplayName = "See your account", Description = "Your name and addresses, where you are signed in and which apps you allowed", ShowInDiscoveryDocument = false },
        new() { Name = WriteScope, DisplayName = "Change your account", Description = "Change your name and addresses, sign you out elsewhere and take permissions back", Emphasize = true, ShowInDiscoveryDocument = false },
    ];

    /// <param name="name">Its address, as its metadata says and as apps name it by <c>resource</c> (RFC 8707).</param>
    internal static ApiResource Api(string name) => new() { Name = name, DisplayName = "Account API", Scopes = [.. ScopeNames] };
}
