using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Access;
using IdP.Data;

namespace IdP.Audit;

/// <summary>Adds audit entries to the change being made, so that both are committed or neither.</summary>
public sealed class AuditLog(IdpDbContext db, Actor actor, AuditClock clock)
{
    /// <param name="details">A small object of what changed; never secrets, passwords or hashes.</param>
    /// <param name="about">Whose personal values they are, where the target is no user.</param>
    public void Record(string action, string targetType, string targetId, object? details = null, Guid? actorId = null, Guid? about = null) =>
        db.AuditEntries.Add(new AuditEntry
        {
            At = clock.Next(),
            Action = action,
            ActorId = actorId ?? actor.UserId,
            Source = actor.Source,
            TargetType = targetType,
            TargetId = targetId,
            Details = Describe(details),
            RemoteAddress = actor.RemoteAddress,
            TraceId = actor.TraceId,
            About = about,
        });

    /// <summary>What an app did for a person names the app, and what was done with a token of theirs names the token.</summary>
    private string? Describe(object? details)
    {
        if (actor is { ClientId: null, PersonalTokenId: null }) return details is null ? null : JsonSerializer.Serialize(details, JsonSerializerOptions.Web);
        var described = details is null ? [] : JsonSerializer.SerializeToNode(details, JsonSerializerOptions.Web)!.AsObject(); // details are objects
        if (actor.ClientId is { } client) described["app"] = client;
        if (actor.PersonalTokenId is { } token) described["personalToken"] = token;
        return described.ToJsonString(JsonSerializerOptions.Web);
    }
}
