using System.Net;
using IdP.Http;

namespace IdP.Credentials.Passwords;

/// <summary>Who stands in the line for a password hash, so that nobody takes the turns of others.</summary>
/// <param name="Known">Has been here before and proved it (a browser this person has used, a session): goes before strangers, who may be a storm.</param>
public readonly record struct PasswordSource(string Key, bool Known)
{
    /// <summary>Somebody of whom only the network is known. Without an address (a socket file) all are one source.</summary>
    public static PasswordSource Network(IPAddress? address) => new(address is null ? "" : NetworkSource.KeyOf(address), Known: false);

    public static PasswordSource Person(Guid userId) => new("user " + userId, Known: true);
}
