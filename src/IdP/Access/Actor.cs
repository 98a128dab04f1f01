using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace IdP.Access;

/// <summary>Who is asking, through which door: what every operation checks and every audit entry names. One per request or command.</summary>
public sealed class Actor
{
    public Guid? UserId { get; private set; }

    /// <summary>The door, see <see cref="ActorSources"/>.</summary>
    public string Source { get; private set; } = ActorSources.System;

    public IReadOnlySet<string> Roles { get; private set; } = new HashSet<string>();
    /// <summary>The app that asks for the person, at the account API; null at the other doors.</summary>
    public string? ClientId { get; private set; }

    /// <summary>The personal access token that was shown there; null for an app.</summary>
    public Guid? PersonalTokenId { get; private set; }

    public string? RemoteAddress { get; private set; }
    public string? TraceId { get; private set; } = Activity.Current?.TraceId.ToString();

    /// <summary>Whether this actor may administer the provider: an owner, or the machine's operator at the command line or in a configuration file.</summary>
    public bool IsAdministrator => Source is ActorSources.File or ActorSources.CommandLine or ActorSources.System || Roles.Contains(Users.Role.Owner);

    public void Become(string source) => Source = source;

    public void Become(string source, Guid? userId, IEnumerable<string> roles, HttpContext http, string? clientId = null, Guid? personalTokenId = null)
    {
        (Source, UserId, Roles, ClientId, PersonalTokenId) = (source, userId, roles.ToHashSet(StringComparer.Ordinal), clientId, personalTokenId);
        RemoteAddress = http.Connection.RemoteIpAddress?.ToString();
        TraceId = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
    }
}

public static class ActorSources
{
    public const string System = "system";
    public const string CommandLine = "command-line";
    public const string File = "file";
    public const string Console = "console";
    public const string Account = "account";
    public const string AccountApi = "account-api";
    public const string SignIn = "signin";
    public const string Registration = "registration";
}
